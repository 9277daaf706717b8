"""allauth's hooks for accounts: what is recorded at sign-up, how passwords change, and how mails leave."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.base_user import AbstractBaseUser
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from apps.kernel.gateway import origin
from apps.users.adapters.proofs import second_factor_needed
from apps.users.backends import was_locked_out
from apps.users.enums import AuthAction, MailKind
from apps.users.models import User
from apps.users.services import end_sessions, note_security, order_mail, register, welcome_back

_KINDS = {
    "account/email/email_confirmation_signup": (MailKind.CONFIRM_SIGN_UP, "activate_url"),
    "account/email/email_confirmation": (MailKind.CONFIRM_ADDRESS, "activate_url"),
    "account/email/account_already_exists": (MailKind.ACCOUNT_EXISTS, "password_reset_url"),
    "account/email/password_reset_key": (MailKind.RESET_PASSWORD, "password_reset_url"),
    "account/email/unknown_account": (MailKind.UNKNOWN_ACCOUNT, "signup_url"),
}

_SIGNING_UP = "treum_signing_up"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    """Calls the users services where allauth asks what to do."""

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Store a new person, and record that they registered. The caller is in a transaction of the gateway's."""
        super().save_user(request, user, form, commit=False)
        if commit:
            register(user)
        return user

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Return who logs in with these credentials. Raises a validation error after too many tries."""
        user = super().authenticate(request, **credentials)
        if user is None and was_locked_out(request):
            raise self.validation_error("too_many_login_attempts")
        return cast(AbstractBaseUser | None, user)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave counting to the authentication backend, which every door goes through."""

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Note the login."""
        response = super().post_login(request, user, **details)
        welcome_back(user)
        return cast(HttpResponse, response)

    def clean_email(self, email: str) -> str:
        """Return an address as it is kept, and remember whose password is checked after it."""
        cleaned = cast(str, super().clean_email(email))
        if allauth_context.request is not None:
            setattr(allauth_context.request, _SIGNING_UP, cleaned)
        return cleaned

    def clean_password(self, password: str, user: User | None = None) -> str:
        """Return a password that is good enough, also for somebody who has no account yet."""
        newcomer = User(email=getattr(allauth_context.request, _SIGNING_UP, ""))
        return cast(str, super().clean_password(password, user=user or newcomer))

    def is_reauthentication_required(self, *, app: str, **details: Any) -> bool:
        """Tell whether a fresh proof is needed. Raises ReauthenticationRequired where a password does not do."""
        if app == "allauth.mfa" and second_factor_needed(allauth_context.request):
            raise ReauthenticationRequired()
        return cast(bool, super().is_reauthentication_required(app=app, **details))

    def set_password(self, user: User, password: str) -> None:
        """Change a password, which ends every session of the person."""
        super().set_password(user, password)
        note_security(AuthAction.PASSWORD_CHANGED, user_id=user.pk, by_owner=True)
        end_sessions(user.pk, reason="password_changed")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Order a mail instead of sending one in the middle of a request."""
        kind, link = _KINDS.get(template_prefix, (MailKind.SECURITY_NOTICE, ""))
        notice = template_prefix.rpartition("/")[2] if kind is MailKind.SECURITY_NOTICE else ""
        user = context.get("user")
        order_mail(
            kind,
            address=email,
            user_id=user.pk if isinstance(user, User) else None,
            link=str(context.get(link, "")) if link else "",
            notice=notice,
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person that something about the security of their account changed."""
        self.send_mail(template_prefix, email or user.email, {"user": user})

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address as the gateway sees it."""
        return origin.current().address or str(request.META.get("REMOTE_ADDR", ""))

    def add_message(self, *args: Any, **details: Any) -> None:
        """Say nothing by Django's messages: only the API is served."""

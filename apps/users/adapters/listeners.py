"""The audit log hears what allauth and the admin have no hook for. Nothing else may hang on a signal.

Logins and logouts come from Django, because the account API and the admin share nothing else. Second factors are heard
of when their rows change, in the transaction of the change: allauth itself tells of them after the commit.
"""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest

from apps.users.enums import AuthAction
from apps.users.models import User
from apps.users.services import note_security


def connect() -> None:
    """Begin to listen."""
    user_logged_in.connect(_logged_in, dispatch_uid="audit")
    user_logged_out.connect(_logged_out, dispatch_uid="audit")
    email_changed.connect(_address_changed, dispatch_uid="audit")
    authentication_failed.connect(_code_refused, dispatch_uid="audit")
    post_save.connect(_second_factor_saved, sender=Authenticator, dispatch_uid="audit")
    post_delete.connect(_second_factor_removed, sender=Authenticator, dispatch_uid="audit")


def _logged_in(*, request: HttpRequest, user: User, **_: Any) -> None:
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    methods = [record["method"] for record in records]
    note_security(AuthAction.LOGIN, user_id=user.pk, by_owner=True, after={"methods": methods} if methods else None)


def _logged_out(*, user: User | None, **_: Any) -> None:
    if user is not None:
        note_security(AuthAction.LOGOUT, user_id=user.pk, by_owner=True)


def _address_changed(
    *, user: User, from_email_address: EmailAddress | None, to_email_address: EmailAddress, **_: Any
) -> None:
    before = {"before": from_email_address.email} if from_email_address else {}
    action = AuthAction.EMAIL_CHANGED if from_email_address else AuthAction.EMAIL_CONFIRMED
    note_security(action, user_id=user.pk, by_owner=True, personal={**before, "after": to_email_address.email})


def _code_refused(*, user: User, authenticator: Authenticator, **_: Any) -> None:
    note_security(AuthAction.SECOND_FACTOR_FAILED, user_id=user.pk, after={"type": authenticator.type})


def _second_factor_saved(*, instance: Authenticator, created: bool, **_: Any) -> None:
    if created:
        _second_factor(AuthAction.SECOND_FACTOR_ADDED, instance)


def _second_factor_removed(*, instance: Authenticator, **_: Any) -> None:
    _second_factor(AuthAction.SECOND_FACTOR_REMOVED, instance)


def _second_factor(action: AuthAction, authenticator: Authenticator) -> None:
    after = {"type": authenticator.type}
    note_security(action, user_id=authenticator.user_id, after=after)

"""People, what they agreed to, did and may be called by, as staff see it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet, URLField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.kernel.audit.audited_admin import AuditedAdmin, ReadOnlyAdmin
from apps.kernel.observability import trace as tracing
from apps.users import services
from apps.users.apps import DATABASE
from apps.users.errors import StaffNotErased
from apps.users.models import Activity, ApiKey, Consent, ConsentDocument, Standing, User


@admin.register(User)
class UserAdmin(AuditedAdmin, DjangoUserAdmin):  # type: ignore[type-arg] # the base takes no parameter at run time
    """People. Whoever is to go is switched off, or erased if they ask for it; nobody is deleted."""

    ordering = ("-created_at",)
    list_display = ("email", "name", "is_active", "is_staff", "created_at")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name", "id")
    readonly_fields = ("id", "created_at", "last_login", "erased_at", "records")
    personal_fields = ("email", "name")
    actions = ("erase",)
    fieldsets = (
        (None, {"fields": ("id", "email", "name", "password")}),
        ("Preferences", {"fields": ("locale", "time_zone", "base_currency")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("last_login", "created_at", "erased_at")}),
        ("More", {"fields": ("records",)}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.erased_at is None)

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may erase people."""
        return request.user.has_perm("users.delete_user")

    @admin.action(description="Erase people who asked for it", permissions=["erase"])
    def erase(self, request: HttpRequest, people: QuerySet[User]) -> HttpResponse | None:
        """Ask whether it is meant, then erase people by the service that they could use themselves."""
        if "confirmed" not in request.POST:
            shown = {**self.admin_site.each_context(request), "title": "Erase people", "opts": self.opts}
            page = {**shown, "people": people, "checkbox": ACTION_CHECKBOX_NAME}
            return TemplateResponse(request, "admin/users/user/erase.html", page)
        try:
            with transaction.atomic(using=DATABASE):
                for person in people.order_by("pk"):
                    services.erase_person(person.pk)
            messages.success(request, f"{len(people)} erased.")
        except StaffNotErased as error:
            messages.error(request, str(error))
        return None

    @admin.display(description="Records")
    def records(self, person: User) -> SafeString:
        """Lead to what is kept about this person."""
        link = '<a href="{0}?user__id__exact={3}">Activity</a> · <a href="{1}?user__id__exact={3}">Consents</a> · '
        link += '<a href="{2}?user__id__exact={3}">Keys</a>'
        lists = [reverse(f"admin:users_{name}_changelist") for name in ("activity", "consent", "apikey")]
        return format_html(link, *lists, person.pk)


@admin.register(Standing)
class StandingAdmin(ReadOnlyAdmin):
    """A standing changes by the service alone, which tells the other contexts."""

    list_display = ("user", "plan", "status", "version", "valid_until", "changed_at")
    list_filter = ("status", "plan")
    search_fields = ("user__email",)
    list_select_related = ("user",)


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    """What people did."""

    list_display = ("at", "user", "kind", "summary")
    list_filter = ("kind",)
    search_fields = ("user__email",)
    list_select_related = ("user",)
    show_full_result_count = False


@admin.register(ConsentDocument)
class ConsentDocumentAdmin(AuditedAdmin):
    """What people are asked to agree to. Adding publishes; what is published is final."""

    list_display = ("kind", "version", "title", "url", "published_at")
    list_filter = ("kind",)
    fields = ("kind", "version", "title", "url")
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def has_change_permission(self, request: HttpRequest, obj: ConsentDocument | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ConsentDocument | None = None) -> bool:
        return False


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """What people agreed to."""

    list_display = ("user", "document", "given_at", "withdrawn_at")
    list_filter = ("document__kind",)
    search_fields = ("user__email",)
    list_select_related = ("user", "document")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys of programs, without the keys. Whoever may change one may revoke it, for good."""

    list_display = ("prefix", "user", "name", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at")
    search_fields = ("prefix", "user__email")
    list_select_related = ("user",)
    exclude = ("digest",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may revoke keys."""
        return request.user.has_perm("users.change_apikey")

    @admin.action(description="Revoke at once and for good", permissions=["revoke"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Revoke keys by the service that their owners use."""
        tracing.act_as(f"user:{request.user.pk}")
        for key in rows:
            services.revoke_key(key.pk)
        messages.success(request, f"{len(rows)} revoked.")


admin.site.unregister([Group, EmailAddress, Authenticator, UserSession])


@admin.register(Group)
class GroupAdmin(AuditedAdmin, DjangoGroupAdmin):
    """Rights that several members of staff have."""


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """Addresses of people, which change by the account API alone."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    search_fields = ("email",)
    list_select_related = ("user",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors, without their secrets. Staff take one away from whoever has lost it."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__email",)
    list_select_related = ("user",)
    exclude = ("data",)
    secret_fields = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return request.user.has_perm("mfa.delete_authenticator")


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    """Where people are logged in."""

    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    search_fields = ("user__email", "=ip")
    list_select_related = ("user",)
    exclude = ("session_key", "data")

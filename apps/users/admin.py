"""People, as staff see them."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from apps.users.models import Standing, User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg] # the base takes no parameter at run time
    ordering = ("-created_at",)
    list_display = ("email", "name", "is_active", "is_staff", "created_at")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name", "id")
    readonly_fields = ("id", "created_at", "last_login")
    fieldsets = (
        (None, {"fields": ("id", "email", "name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)


@admin.register(Standing)
class StandingAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # the base takes no parameter at run time
    """Read-only: a standing changes by the service alone, which tells the other contexts."""

    list_display = ("user", "plan", "status", "version", "valid_until", "changed_at")
    list_filter = ("status", "plan")
    search_fields = ("user__email",)
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Standing | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Standing | None = None) -> bool:
        return False

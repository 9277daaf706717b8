"""What people were told, as staff see it; nobody edits it."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from apps.kernel.audit.audited_admin import AuditedAdmin
from apps.notifications.models import Delivery, Notification


class ReadOnlyAdmin(AuditedAdmin):
    """Rows that change by the services alone, the newest first."""

    ordering = ("-id",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user_id", "kind", "title", "read_at")
    list_filter = ("kind",)
    search_fields = ("=user_id", "=subject_id", "=correlation_id")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Whether mails left. To whom is nowhere kept."""

    list_display = ("created_at", "kind", "status", "attempts", "settled_at", "reason")
    list_filter = ("status", "kind")
    search_fields = ("=id", "=mail_id", "=correlation_id")

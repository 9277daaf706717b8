"""What people were told, as staff see it; nobody edits it."""

from django.contrib import admin
from django.http import HttpRequest

from apps.notifications.models import Delivery, Notification


@admin.register(Notification)
class NotificationAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # the base takes no parameter at run time
    list_display = ("created_at", "user_id", "kind", "title", "read_at")
    list_filter = ("kind",)
    search_fields = ("=user_id", "=subject_id", "=correlation_id")
    ordering = ("-id",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(NotificationAdmin):
    """Whether mails left. To whom is nowhere kept."""

    list_display = ("created_at", "kind", "status", "attempts", "settled_at", "reason")
    list_filter = ("status", "kind")
    search_fields = ("=id", "=mail_id", "=correlation_id")

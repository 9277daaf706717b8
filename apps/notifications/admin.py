"""What people were told, as staff see it; nobody edits it."""

from django.contrib import admin

from apps.kernel.audit.audited_admin import ReadOnlyAdmin
from apps.notifications.models import Delivery, Notification


class NewestFirstAdmin(ReadOnlyAdmin):
    """Rows that are many, and looked at from their end."""

    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Notification)
class NotificationAdmin(NewestFirstAdmin):
    list_display = ("created_at", "user_id", "kind", "title", "read_at")
    list_filter = ("kind",)
    search_fields = ("=user_id", "=subject_id", "=correlation_id")


@admin.register(Delivery)
class DeliveryAdmin(NewestFirstAdmin):
    """Whether mails left. To whom is nowhere kept."""

    list_display = ("created_at", "kind", "status", "attempts", "settled_at", "reason")
    list_filter = ("status", "kind")
    search_fields = ("=id", "=mail_id", "=correlation_id")

"""How notifications can be narrowed down."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.kernel.api.filters import TrueOrFalse
from apps.notifications.enums import Kind
from apps.notifications.models import Notification


class NotificationFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?kind=…&unread=true&created_after=…&created_before=…`"""

    kind = filters.ChoiceFilter(choices=Kind.choices)
    unread = TrueOrFalse(method="only_unread", help_text="Only those unread (true) or read (false).")
    created_after = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Notification
        fields = ("kind",)

    def only_unread(self, rows: QuerySet[Notification], name: str, value: bool) -> QuerySet[Notification]:
        """Keep the unread, or the read."""
        return rows.filter(read_at__isnull=value)

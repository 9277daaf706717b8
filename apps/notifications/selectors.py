"""What the notifications context can be asked."""

from uuid import UUID

from apps.notifications.models import Notification


def unread_count(user_id: UUID) -> int:
    """Return how many notifications a person has not read."""
    return Notification.objects.filter(user_id=user_id, read_at=None).count()

"""Note what people have read."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models.functions import Now

from apps.notifications.models import Notification


def mark_read(user_id: UUID, *, ids: Sequence[UUID]) -> int:
    """Mark a person's own notifications read and return how many were unread; ids of others are passed over."""
    return Notification.objects.filter(user_id=user_id, id__in=ids, read_at=None).update(read_at=Now())


def mark_all_read(user_id: UUID) -> int:
    """Mark everything that a person has been told read, and return how many were unread."""
    return Notification.objects.filter(user_id=user_id, read_at=None).update(read_at=Now())

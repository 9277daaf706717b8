"""The shapes of the notifications API."""

from typing import Any

from rest_framework import serializers

from apps.kernel.api.fields import Command, ModelSerializer, Moment
from apps.notifications.models import Notification

MOST_IDS = 500


class NotificationSerializer(ModelSerializer[Notification]):
    """One thing that you were told."""

    class Meta:
        model = Notification
        fields = (
            "id", "kind", "subject_id", "title", "body", "data", "correlation_id", "created_at", "read_at",
        )  # fmt: skip


class MarkReadCommand(Command):
    """Which notifications were read."""

    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_IDS)


class MarkedSerializer(serializers.Serializer[Any]):
    """How many notifications went from unread to read."""

    marked = serializers.IntegerField()


class UnreadSerializer(serializers.Serializer[Any]):
    """How many notifications are unread."""

    unread = serializers.IntegerField()


class TicketSerializer(serializers.Serializer[Any]):
    """A ticket to the live stream, and the address to open with it."""

    ticket = serializers.CharField()
    expires_at = Moment()
    url = serializers.CharField()

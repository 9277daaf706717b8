"""The shapes of archives and of erasure."""

from typing import Any

from rest_framework import serializers

from apps.kernel.api.fields import Command, ModelSerializer, Moment
from apps.users.enums import ExportStatus
from apps.users.models import Export


class ExportSerializer(ModelSerializer[Export]):
    """An archive: how far it is, and until when it can be fetched."""

    status = serializers.ChoiceField(source="state", choices=ExportStatus.choices, read_only=True)

    class Meta:
        model = Export
        fields = ("id", "status", "parts_done", "parts_total", "size", "requested_at", "ready_at", "expires_at")


class ErasureCommand(Command):
    """The word that makes it happen."""

    email = serializers.EmailField(help_text="The e-mail address of your account, as the confirmation.")


class ErasedSerializer(serializers.Serializer[Any]):
    """When the account ended."""

    erased_at = Moment()

"""The shapes of the users API."""

from typing import Any

from rest_framework import serializers

from apps.kernel.api.fields import Command, ModelSerializer, Moment
from apps.users.models import Standing, User


class LoginCommand(Command):
    """A login."""

    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, max_length=1024, style={"input_type": "password"})


class TokenSerializer(serializers.Serializer[Any]):
    """A new token; it is shown this once."""

    token = serializers.CharField()
    token_type = serializers.CharField()
    expires_at = Moment()


class StandingSerializer(ModelSerializer[Standing]):
    """How the caller stands."""

    class Meta:
        model = Standing
        fields = ("plan", "status", "features", "valid_until")


class MeSerializer(ModelSerializer[User]):
    """The caller."""

    standing = StandingSerializer(allow_null=True, read_only=True)

    class Meta:
        model = User
        fields = ("id", "email", "name", "is_staff", "created_at", "standing")

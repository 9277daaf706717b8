"""The shapes of the users API."""

from typing import Any

from rest_framework import serializers

from apps.kernel.api.fields import ModelSerializer
from apps.users.models import Standing, User


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


class KeySerializer(serializers.Serializer[Any]):
    """A public key (RFC 7517, RFC 8037)."""

    kid = serializers.CharField()
    kty = serializers.CharField()
    crv = serializers.CharField()
    x = serializers.CharField()
    alg = serializers.CharField()
    use = serializers.CharField()


class KeySetSerializer(serializers.Serializer[Any]):
    """Every key whose tokens are accepted, the one that signs first."""

    keys = KeySerializer(many=True)

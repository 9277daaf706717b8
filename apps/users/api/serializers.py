"""The shapes of the users API."""

from typing import Any

from rest_framework import serializers

from apps.kernel.api.fields import Command, ModelSerializer
from apps.users.models import Standing, User
from apps.users.rules import preferences


class StandingSerializer(ModelSerializer[Standing]):
    """How the caller stands."""

    class Meta:
        model = Standing
        fields = ("plan", "status", "features", "valid_until")


class MeSerializer(ModelSerializer[User]):
    """The caller."""

    standing = StandingSerializer(source="standing_facts", allow_null=True, read_only=True)
    email_verified = serializers.BooleanField(read_only=True)
    second_factor = serializers.BooleanField(source="has_second_factor", read_only=True)

    class Meta:
        model = User
        fields = (
            "id", "email", "email_verified", "second_factor", "name", "locale", "time_zone", "base_currency",
            "is_staff", "created_at", "standing",
        )  # fmt: skip


class ProfileCommand(Command):
    """What you may change about yourself; what is left out stays."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=150)
    locale = serializers.CharField(required=False, max_length=16, help_text="A BCP 47 tag.")
    time_zone = serializers.CharField(required=False, max_length=64, help_text="A name of the IANA database.")
    base_currency = serializers.CharField(required=False, max_length=3, help_text="An ISO 4217 code.")

    def validate_locale(self, value: str) -> str:
        """Return the tag in its usual case."""
        tag = preferences.language_tag(value)
        if tag is None:
            raise serializers.ValidationError("This is no language tag that we know; an example is de-CH.")
        return tag

    def validate_time_zone(self, value: str) -> str:
        """Return the zone."""
        if value not in preferences.time_zones():
            raise serializers.ValidationError("This is no time zone of the IANA database; an example is Europe/Zurich.")
        return value

    def validate_base_currency(self, value: str) -> str:
        """Return the code in capitals."""
        code = value.upper()
        if code not in preferences.currencies():
            raise serializers.ValidationError("This is no currency of ISO 4217 that is in use; an example is CHF.")
        return code


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

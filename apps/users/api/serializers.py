"""The shapes of the users API."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from apps.kernel.api.fields import Command, ModelSerializer, Moment
from apps.kernel.clock import now
from apps.kernel.gateway.scopes import Scope
from apps.users.enums import ConsentKind
from apps.users.models import Activity, ApiKey, Consent, Standing, User
from apps.users.rules import preferences
from apps.users.rules.api_keys import network

LONGEST_NETWORK = 43
MOST_NETWORKS = 20
NO_SUCH_SCOPE = "There is no scope {input}."


class StandingSerializer(ModelSerializer[Standing]):
    """How the caller stands."""

    class Meta:
        model = Standing
        fields = ("plan", "status", "features", "valid_until", "current_period_end", "cancel_at_period_end")


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


class ActivitySerializer(ModelSerializer[Activity]):
    """One thing that you did."""

    class Meta:
        model = Activity
        fields = ("id", "kind", "summary", "at")


class ApiKeySerializer(ModelSerializer[ApiKey]):
    """A key of a program, without the key itself."""

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "id", "name", "prefix", "scopes", "addresses", "created_at", "expires_at", "last_used_at", "revoked_at",
        )  # fmt: skip


class NewApiKeySerializer(ApiKeySerializer):
    """A key that has just been made."""

    key = serializers.CharField(help_text="Send it as `X-API-Key`. It is shown this once.")

    class Meta(ApiKeySerializer.Meta):
        fields = (*ApiKeySerializer.Meta.fields, "key")


class NetworkField(serializers.CharField):
    """An address or a network in CIDR notation, IPv4 or IPv6."""

    def to_internal_value(self, data: Any) -> str:
        """Parse input."""
        found = network(super().to_internal_value(data))
        if found is None:
            raise serializers.ValidationError("This is no network; examples are 203.0.113.0/24 and 2001:db8::/48.")
        return found


class ApiKeyCommand(Command):
    """What a new key may do, from where, and until when."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(
            choices=[(scope, scope.sentence) for scope in Scope], error_messages={"invalid_choice": NO_SUCH_SCOPE}
        ),
        allow_empty=False,
        max_length=len(Scope),
    )
    addresses = serializers.ListField(
        child=NetworkField(max_length=LONGEST_NETWORK),
        default=list,
        max_length=MOST_NETWORKS,
        help_text="Where it may be used from; none means everywhere.",
    )
    expires_at = Moment(default=None, allow_null=True)

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        """Refuse what is over already."""
        if value is not None and value <= now():
            raise serializers.ValidationError("Choose a moment in the future.")
        return value


class AnswerSerializer(ModelSerializer[Consent]):
    """One answer of yours."""

    version = serializers.CharField(source="document.version")

    class Meta:
        model = Consent
        fields = ("version", "given_at", "withdrawn_at")


class ConsentSerializer(serializers.Serializer[Any]):
    """What is in force of one kind, and what you answered."""

    kind = serializers.ChoiceField(source="document.kind", choices=ConsentKind.choices)
    version = serializers.CharField(source="document.version")
    title = serializers.CharField(source="document.title")
    url = serializers.CharField(source="document.url", allow_blank=True)
    accepted = serializers.BooleanField(help_text="Whether you agree to the version in force.")
    given_at = Moment(allow_null=True, help_text="When you agreed to the version in force.")
    history = AnswerSerializer(many=True)


class ConsentsSerializer(serializers.Serializer[Any]):
    """Every kind."""

    results = ConsentSerializer(many=True)


class ConsentCommand(Command):
    """Which version you have read."""

    version = serializers.CharField(max_length=32)


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

"""How values look on the wire: decimals as plain strings, moments in UTC with a Z, and no unknown fields."""

import re
from datetime import UTC
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.kernel.text import plain, zulu

M = TypeVar("M", bound=models.Model)

MAX_DIGITS = 38
DECIMAL_PLACES = 18
PLAIN = r"-?[0-9]+(\.[0-9]+)?"


@extend_schema_field({"type": "string", "format": "decimal", "pattern": f"^{PLAIN}$", "examples": ["0.125"]})
class DecimalString(serializers.DecimalField):
    """An exact decimal, in and out a string of digits: a number of JSON may have lost some on its way."""

    default_error_messages = {
        "no_string": 'Send decimals as strings, such as "49.00", so that no digit is lost.',
        "not_plain": 'Write it in the digits 0 to 9, such as "49.00" or "-0.5": no exponent, no plus, no spaces.',
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_digits", MAX_DIGITS)
        options.setdefault("decimal_places", DECIMAL_PLACES)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Decimal:
        """Parse input."""
        if not isinstance(data, str):
            self.fail("no_string")
        if re.fullmatch(PLAIN, data) is None:
            self.fail("not_plain")
        return super().to_internal_value(data)

    def to_representation(self, value: Any) -> str:
        """Render output."""
        return plain(value if isinstance(value, Decimal) else Decimal(str(value)))


class Moment(serializers.DateTimeField):
    """A moment: aware in UTC in Python, ISO 8601 with a Z on the wire."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)

    def to_representation(self, value: Any) -> str:
        """Render output."""
        return zulu(value)


class ModelSerializer(serializers.ModelSerializer[M]):
    """DRF's model serializer with our decimals and moments."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DecimalField: DecimalString,
        models.DateTimeField: Moment,
    }


class Command(serializers.Serializer[Any]):
    """The body of a request that asks for a deed. A misspelt field is refused, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Parse input, refusing fields that nobody declared."""
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            message = "There is no such field here."
            raise serializers.ValidationError(
                {name: [serializers.ErrorDetail(message, code="unknown")] for name in unknown}
            )
        return super().to_internal_value(data)

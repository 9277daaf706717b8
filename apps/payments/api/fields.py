"""How the values of payments look on the wire."""

from typing import Any

from rest_framework import serializers

from apps.kernel.api.fields import DecimalString
from apps.payments.rules.amounts import written
from apps.payments.rules.countries import countries


class Amount(DecimalString):
    """An amount with the decimal places of its currency, which is another attribute of the same object."""

    def __init__(self, *, currency: str = "currency", **options: Any) -> None:
        self._currency = currency.split(".")
        super().__init__(read_only=True, **options)

    def get_attribute(self, instance: Any) -> Any:
        """Return the amount beside its currency."""
        currency = instance
        for name in self._currency:
            currency = getattr(currency, name)
        return super().get_attribute(instance), currency

    def to_representation(self, value: Any) -> str:
        """Render output."""
        amount, currency = value
        return written(amount, currency=currency)


class Country(serializers.CharField):
    """A country by its two capital letters of ISO 3166-1."""

    default_error_messages = {"unknown": "There is no country {code}: give its two capital letters of ISO 3166-1."}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=2, **options)

    def to_internal_value(self, data: Any) -> str:
        """Parse input."""
        code = super().to_internal_value(data)
        if code not in countries():
            self.fail("unknown", code=code)
        return code

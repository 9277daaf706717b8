"""The columns that money stands in."""

from typing import Any

from django.db import models

DIGITS = 20
PLACES = 4
"""More than any currency of ISO 4217 that we bill in has; rules round to the currency's own exponent."""


class AmountField(models.DecimalField):  # type: ignore[type-arg] # takes no parameter at run time
    """An amount in major units."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_digits"] = DIGITS
        options["decimal_places"] = PLACES
        super().__init__(*args, **options)


class CurrencyField(models.CharField):  # type: ignore[type-arg] # takes no parameter at run time
    """Three capital letters of ISO 4217."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_length"] = 3
        super().__init__(*args, **options)


class CountryField(models.CharField):  # type: ignore[type-arg] # takes no parameter at run time
    """Two capital letters of ISO 3166-1."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_length"] = 2
        super().__init__(*args, **options)


class PercentageField(models.DecimalField):  # type: ignore[type-arg] # takes no parameter at run time
    """A tax in percent: 19 is nineteen percent."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_digits"] = 7
        options["decimal_places"] = 4
        super().__init__(*args, **options)

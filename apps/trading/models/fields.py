"""The two kinds of numbers in trading: quantities and prices at 18 places, booked cash at 8."""

from typing import Any

from django.db import models


class QuantityField(models.DecimalField):  # type: ignore[type-arg] # takes no parameter at run time
    """NUMERIC(38,18), for quantities and prices."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "max_digits": 38, "decimal_places": 18})


class CashField(models.DecimalField):  # type: ignore[type-arg] # takes no parameter at run time
    """NUMERIC(38,8), for booked amounts (money.BOOK_SCALE)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "max_digits": 38, "decimal_places": 8})

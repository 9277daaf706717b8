"""How the admin shows amounts: at the places of their currency and with it, in lists, on pages and in inlines."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html

from apps.kernel.money import written
from apps.kernel.text import plain
from apps.payments.models.fields import AmountField, PercentageField

if TYPE_CHECKING:
    Base = admin.options.BaseModelAdmin[Any]
else:
    Base = object

Column = Callable[[Any], str]


class InCurrency(Base):
    """Mix in before an admin class: its model's amounts and percentages are shown as people read them.

    `currency_at` leads from a row to the currency of its amounts; without it they are shown as they are.
    """

    model: type[Model]
    currency_at = "currency"

    def shown(self, names: Iterable[Any]) -> list[Any]:
        """Return columns in place of the names of amounts and percentages, and other names as they are."""
        return [self._column(name) or name for name in names]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Show the columns of the list."""
        return self.shown(super().get_list_display(request))  # type: ignore[misc] # a list has one, an inline none

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the fields of the page."""
        return self.shown(super().get_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """What is shown is not edited."""
        return self.shown(super().get_readonly_fields(request, obj))

    def _column(self, name: Any) -> Column | None:
        try:
            field = self.model._meta.get_field(name) if isinstance(name, str) else None
        except FieldDoesNotExist:
            return None
        if isinstance(field, PercentageField):
            return _percentage(name)
        return _amount(name, self.currency_at) if isinstance(field, AmountField) else None


@cache
def _amount(name: str, currency_at: str) -> Column:
    def text(row: Any, amount: Decimal) -> str:
        return written(amount, reduce(getattr, currency_at.split("."), row)) if currency_at else plain(amount)

    return _column_of(name, text)


@cache
def _percentage(name: str) -> Column:
    return _column_of(name, lambda _, percentage: f"{plain(percentage)} %")


def _column_of(name: str, text: Callable[[Any, Decimal], str]) -> Column:
    @admin.display(description=name.replace("_", " "), ordering=name, empty_value="")
    def column(row: Any) -> str | None:
        value = getattr(row, name)
        return None if value is None else format_html('<span class="nowrap">{}</span>', text(row, value))

    column.__name__ = name
    return column  # type: ignore[return-value] # the admin shows what is empty instead of None

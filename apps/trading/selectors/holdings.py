"""Accounts and positions at their present worth: marked at the newest close of each symbol."""

from typing import Any

from django.db.models import DecimalField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from apps.trading.models import Account, Position, Quote

_MONEY: DecimalField[Any, Any] = DecimalField(max_digits=38, decimal_places=18)


def open_positions() -> QuerySet[Position]:
    """Return the positions that hold something, with `mark`, `market_value` and `unrealized_pl`."""
    newest = Quote.objects.filter(symbol=OuterRef("symbol"), close__isnull=False).order_by("-closed_at")
    return (
        Position.objects.filter(qty__gt=0)
        .annotate(mark=Subquery(newest.values("close")[:1]))
        .annotate(market_value=ExpressionWrapper(F("qty") * F("mark"), output_field=_MONEY))
        .annotate(unrealized_pl=ExpressionWrapper(F("market_value") - F("cost_basis"), output_field=_MONEY))
    )


def accounts_with_equity() -> QuerySet[Account]:
    """Return accounts with `cash`, `buying_power` and `equity`."""
    held = (
        open_positions()
        .filter(follow__account=OuterRef("pk"))
        .order_by()
        .values("follow__account")
        .annotate(total=Sum("market_value"))
    )
    worth = Coalesce(Subquery(held.values("total")[:1]), Value(0), output_field=_MONEY)
    return Account.objects.annotate(
        cash=F("cash_ledger__balance__balance"),
        buying_power=F("cash_ledger__balance__balance") - F("cash_ledger__balance__held"),
        equity=ExpressionWrapper(F("cash_ledger__balance__balance") + worth, output_field=_MONEY),
    )

"""Invoices of any lines, and what the books of payments say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from apps.kernel.ids import uuid7
from apps.kernel.ledger.models import LedgerEntry
from apps.payments.apps import DATABASE
from apps.payments.enums import BillingReason, LineKind
from apps.payments.models import Customer, Invoice, Price, Subscription
from apps.payments.rules.rounding import half_even
from apps.payments.services import seed_catalogue
from apps.payments.services.invoices.invoicing import LineTax, NewLine, issue_invoice

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """A line to be: what it costs without tax, and the time that it is for."""

    net: Decimal
    start: datetime
    end: datetime
    tax: Decimal = Decimal(0)


def an_invoice(parts: Sequence[Part], *, at: datetime, currency: str = "EUR") -> Invoice:
    """Return a final invoice of a new customer, with these lines."""
    seed_catalogue()
    price = Price.objects.select_related("plan").get(lookup_key="pro-eur-month")
    price.currency = currency
    customer = Customer.objects.create(user_id=uuid7(), country="DE")
    start, end = min(part.start for part in parts), max(part.end for part in parts)
    subscription = Subscription.objects.create(
        customer=customer, price_id=price.pk, billing_anchor=start, current_period_start=start,
        current_period_end=end + DAY, created_at=at,
    )  # fmt: skip
    return issue_invoice(
        customer,
        subscription,
        reason=BillingReason.SUBSCRIPTION_CREATE,
        lines=[_line(part, price) for part in parts],
        period_start=start,
        period_end=end,
        at=at,
    )


def totals(*, currency: str = "EUR") -> dict[str, Decimal]:
    """Return what the accounts of each kind come to in a currency, but for those at zero."""
    found: dict[str, Decimal] = {}
    for kind, amount in (
        LedgerEntry.objects.using(DATABASE).filter(currency=currency).values_list("account__kind", "amount")
    ):
        found[kind] = found.get(kind, Decimal(0)) + amount
    return {kind: total for kind, total in found.items() if total}


def earned_by_day() -> dict[tuple[date, str], Decimal]:
    """Return what the books say was earned, by day and currency."""
    entries = LedgerEntry.objects.using(DATABASE).filter(account__kind="revenue")
    found: dict[tuple[date, str], Decimal] = {}
    for at, currency, amount in entries.values_list("transaction__occurred_at", "currency", "amount"):
        place = (at.astimezone(UTC).date(), currency)
        found[place] = found.get(place, Decimal(0)) - amount
    return {place: amount for place, amount in found.items() if amount}


def loop_by_day(parts: Sequence[Part], *, at: datetime, up_to: date, currency: str) -> dict[tuple[date, str], Decimal]:
    """Return what lines of one invoice earn by day, worked out line by line and day by day."""
    found: dict[tuple[date, str], Decimal] = {}
    for part in parts:
        earned, day = Decimal(0), max(part.start.date(), at.date())
        while day <= up_to:
            by_now = _by_end_of(day, part, currency)
            found[day, currency] = found.get((day, currency), Decimal(0)) + by_now - earned
            earned, day = by_now, day + DAY
    return {place: amount for place, amount in found.items() if amount}


def _by_end_of(day: date, part: Part, currency: str) -> Decimal:
    end = min(part.end, datetime.combine(day + DAY, time(), tzinfo=UTC)).replace(microsecond=0)
    start = part.start.replace(microsecond=0)
    whole = (part.end.replace(microsecond=0) - start) // timedelta(seconds=1)
    gone = (end - start) // timedelta(seconds=1)
    return part.net if gone >= whole else half_even(Fraction(part.net) * gone / whole, currency=currency)


def _line(part: Part, price: Price) -> NewLine:
    return NewLine(
        kind=LineKind.PERIOD if part.net > 0 else LineKind.UNUSED_TIME,
        price=price,
        description="Time",
        amount=part.net,
        net=part.net,
        tax=part.tax,
        rate=LineTax("DE", "VAT", Decimal(19)) if part.tax else LineTax(),
        period_start=part.start,
        period_end=part.end,
    )

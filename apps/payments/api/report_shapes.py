"""The shapes of reports: a row for each figure's place, with the address of what it is made of."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from apps.kernel.api.fields import Command, DecimalString, Moment
from apps.kernel.text import zulu
from apps.payments.api.fields import Amount
from apps.payments.api.serializers import SubscribedPriceSerializer
from apps.payments.enums import Interval
from apps.payments.rules.calendar import period_end
from apps.payments.selectors.books import Balance, Revenue
from apps.payments.selectors.recurring import Recurring

MOST_DAYS = 366
MOST_YEARS = 10


class Span(Command):
    """From which day to which one, the last one not among them, in what steps."""

    since = serializers.DateField()
    until = serializers.DateField()
    by = serializers.ChoiceField(choices=["day", "month"], default="day")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is empty or without end."""
        if attrs["since"] >= attrs["until"]:
            raise serializers.ValidationError({"until": "Give a day after `since`."})
        most = MOST_DAYS if attrs["by"] == "day" else MOST_DAYS * MOST_YEARS
        if (attrs["until"] - attrs["since"]).days > most:
            raise serializers.ValidationError({"until": f"At most {most} days can be shown at once."})
        return attrs


class At(Command):
    """Right before which moment."""

    at = Moment(required=False)


class RevenueSerializer(serializers.Serializer[Revenue]):
    """What a day or a month has earned in a currency. `net` is `recognised` less `refunds`, both without tax."""

    period = serializers.DateField()
    currency = serializers.CharField()
    recognised = Amount()
    refunds = Amount()
    net = Amount()
    tax = Amount()
    fees = Amount()
    bad_debt = Amount()
    entries = serializers.SerializerMethodField()

    def get_entries(self, row: Revenue) -> str:
        """Return where its entries are, those of the span that was asked for only."""
        span = self.context["span"]
        last = row.period + timedelta(days=1) if span["by"] == "day" else month_after(row.period)
        since, until = max(row.period, span["since"]), min(last, span["until"])
        return _link(self, "report-entry-list", currency=row.currency, since=midnight(since), until=midnight(until))


class RecurringSerializer(serializers.Serializer[Recurring]):
    """How monthly recurring revenue went from the beginning of a month to its end, and how much of it was lost."""

    month = serializers.DateField()
    currency = serializers.CharField()
    starting = Amount()
    new = Amount()
    reactivation = Amount()
    expansion = Amount()
    contraction = Amount()
    churned = Amount()
    ending = Amount()
    customers_at_start = serializers.IntegerField()
    customers_lost = serializers.IntegerField()
    customers_at_end = serializers.IntegerField()
    customer_churn = DecimalString(allow_null=True)
    revenue_churn = DecimalString(allow_null=True)
    subscriptions = serializers.SerializerMethodField()

    def get_subscriptions(self, row: Recurring) -> str:
        """Return where those subscriptions are that make up `ending`."""
        ending = midnight(month_after(row.month))
        return _link(self, "report-paying-list", currency=row.currency, at=ending)


class BalanceLineSerializer(serializers.Serializer[Balance]):
    """How the accounts of a kind and an owner stand; those of all customers are one line."""

    kind = serializers.CharField()
    owner = serializers.CharField()
    currency = serializers.CharField()
    debit = Amount()
    credit = Amount()
    entries = serializers.SerializerMethodField()

    def get_entries(self, row: Balance) -> str:
        """Return where its entries are."""
        until = self.context["at"]
        return _link(self, "report-entry-list", kind=row.kind, owner=row.owner, currency=row.currency, until=until)


class RevenueTable(serializers.Serializer[Any]):
    """What was earned, the oldest first."""

    rows = RevenueSerializer(many=True)


class RecurringTable(serializers.Serializer[Any]):
    """Monthly recurring revenue, the oldest month first."""

    rows = RecurringSerializer(many=True)


class BalanceTable(serializers.Serializer[Any]):
    """How all accounts stand; debits and credits of a currency come to the same."""

    rows = BalanceLineSerializer(many=True)


class EntrySerializer(serializers.Serializer[Any]):
    """One entry of the books, and what its posting is about. Debit is above zero."""

    at = Moment(source="transaction.occurred_at")
    key = serializers.CharField(source="transaction.idempotency_key")
    about = serializers.CharField(source="subject.kind")
    kind = serializers.CharField(source="account.kind")
    owner = serializers.CharField(source="account.owner")
    currency = serializers.CharField()
    amount = Amount()
    invoice_id = serializers.UUIDField(source="subject.invoice_id", allow_null=True)
    payment_id = serializers.UUIDField(source="subject.payment_id", allow_null=True)
    refund_id = serializers.UUIDField(source="subject.refund_id", allow_null=True)
    payout_id = serializers.CharField(source="subject.payout_id")


class PayingSerializer(serializers.Serializer[Any]):
    """A subscription that is part of monthly recurring revenue, as it had become so."""

    subscription_id = serializers.UUIDField()
    user_id = serializers.UUIDField(source="subscription.customer.user_id")
    status = serializers.CharField(source="after")
    price = SubscribedPriceSerializer()
    since = Moment(source="changed_at")


def midnight(day: date) -> datetime:
    """Return the first moment of a day (UTC)."""
    return datetime.combine(day, time(), tzinfo=UTC)


def month_after(day: date) -> date:
    """Return the first day of the month that follows the one of a day."""
    return period_end(midnight(day.replace(day=1)), interval=Interval.MONTH, count=1, number=0).date()


def _link(shape: serializers.Serializer[Any], route: str, **query: Any) -> str:
    request: Request = shape.context["request"]
    told = {name: zulu(value) if isinstance(value, datetime) else value for name, value in query.items()}
    return f"{reverse(route, request=request)}?{urlencode(told)}"

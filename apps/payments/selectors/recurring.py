"""Monthly recurring revenue, what moves it, and churn, from the record of what happened to subscriptions.

MRR at a moment is the sum of the monthly prices, without tax, of what is `active` or `past_due`: a yearly price counts
a twelfth, half-even at the currency's exponent; trials count nothing. Source: Stripe, "Billing metric definitions". A
customer moves it once a month, from what they were worth at its beginning to what they are at its end: *new* if they
never paid before, *reactivation* if they did, *expansion*, *contraction*, *churned* if nothing is left. So starting +
new + reactivation + expansion − contraction − churned is ending, the next month's starting.

Customer churn is those who paid at the beginning of a month and not at its end, as a share of those who paid at its
beginning; revenue churn is churned and contraction as a share of starting. Stripe's rolling churn rate also counts who
came in between; ours counts the same people above and below the line. Without anybody to lose they are null.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.models import Exists, OuterRef, QuerySet

from apps.kernel.money import ISO_4217_EXPONENTS
from apps.payments.apps import DATABASE
from apps.payments.enums import SubscriptionStatus
from apps.payments.models import SubscriptionChange

PAYING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)
RATE = Decimal("0.0001")

_MRR = (Path(__file__).parent / "sql" / "mrr.sql").read_text()


@dataclass(frozen=True, slots=True)
class Recurring:
    """How the monthly recurring revenue of a currency went from the beginning of a month to its end."""

    month: date
    currency: str
    starting: Decimal
    new: Decimal
    reactivation: Decimal
    expansion: Decimal
    contraction: Decimal
    churned: Decimal
    ending: Decimal
    customers_at_start: int
    customers_lost: int
    customers_at_end: int

    @property
    def customer_churn(self) -> Decimal | None:
        """The share of the customers of the beginning that is gone at the end."""
        return _share(Decimal(self.customers_lost), Decimal(self.customers_at_start))

    @property
    def revenue_churn(self) -> Decimal | None:
        """The share of the revenue of the beginning that was lost or has shrunk until the end."""
        return _share(self.churned + self.contraction, self.starting)


def recurring(moments: Sequence[datetime]) -> list[Recurring]:
    """Return what moved MRR from each moment to the next, by currency, in one query."""
    params: dict[str, Any] = {
        "moments": list(moments),
        "paying": [status.value for status in PAYING],
        "currencies": list(ISO_4217_EXPONENTS),
        "places": list(ISO_4217_EXPONENTS.values()),
    }
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_MRR, params)
        return [Recurring(*row) for row in cursor.fetchall()]


def paying(at: datetime) -> QuerySet[SubscriptionChange]:
    """Return the subscriptions that made up MRR right before a moment, each as the change that had made it so."""
    changes = SubscriptionChange.objects.filter(changed_at__lt=at)
    later = changes.filter(subscription=OuterRef("subscription"), version__gt=OuterRef("version"))
    found = changes.filter(~Exists(later), after__in=PAYING)
    return found.select_related("subscription__customer", "price__plan")


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(RATE) if whole else None

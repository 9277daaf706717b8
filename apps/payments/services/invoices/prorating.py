"""The lines of an upgrade's invoice: a credit for the time that is left, and a charge for the new price."""

from datetime import datetime

from apps.payments.enums import LineKind, TaxBehavior
from apps.payments.models import InvoiceLine, Price, Subscription, TaxRate
from apps.payments.rules.calendar import whole_seconds
from apps.payments.rules.proration import remaining, unused
from apps.payments.selectors.paid import line_in_use, paid_for
from apps.payments.services.invoices.invoicing import LineTax, NewLine, at_rate


def credit_lines(subscription: Subscription, *, at: datetime) -> list[NewLine]:
    """Return the credit for what is left of the time that was paid for, if anything is."""
    line = line_in_use(subscription, at=at)
    credit = None if line is None else _credit(line, at=at)
    return [credit] if credit is not None and credit.amount else []


def remaining_line(subscription: Subscription, price: Price, *, at: datetime, rate: TaxRate | None) -> NewLine:
    """Return the charge for what is left of the current period, at another price."""
    start, end = subscription.current_period_start, subscription.current_period_end
    tax = at_rate(rate)
    amount, shares = remaining(
        price.unit_amount,
        seconds_left=whole_seconds(at, end),
        seconds=whole_seconds(start, end),
        percentage=tax.percentage,
        behavior=price.tax_behavior,
        currency=price.currency,
    )
    return NewLine(
        kind=LineKind.REMAINING_TIME,
        price=price,
        description=f"{price.plan.name}, remaining time to {end:%-d %B %Y}",
        amount=amount,
        net=shares.net,
        tax=shares.tax,
        rate=tax,
        period_start=at,
        period_end=end,
    )


def _credit(line: InvoiceLine, *, at: datetime) -> NewLine:
    left = unused(
        paid_for(line),
        seconds_left=whole_seconds(at, line.period_end),
        seconds=whole_seconds(line.period_start, line.period_end),
        currency=line.price.currency,
    )
    inclusive = line.tax_behavior == TaxBehavior.INCLUSIVE
    return NewLine(
        kind=LineKind.UNUSED_TIME,
        price=line.price,
        description=f"{line.price.plan.name}, unused time to {line.period_end:%-d %B %Y}",
        amount=-(left.gross if inclusive else left.net),
        net=-left.net,
        tax=-left.tax,
        rate=LineTax(line.tax_country, line.tax_name, line.tax_percentage),
        period_start=at,
        period_end=line.period_end,
        credits_id=line.pk,
    )

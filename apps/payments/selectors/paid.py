"""What was really paid for a time: less what was credited and refunded since."""

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum

from apps.payments.enums import InvoiceStatus, LineKind, RefundStatus
from apps.payments.models import CreditNote, InvoiceLine, Subscription
from apps.payments.rules.proration import Paid

NOTHING = Decimal(0)
CHARGES = (LineKind.PERIOD, LineKind.REMAINING_TIME)


def line_in_use(subscription: Subscription, *, at: datetime) -> InvoiceLine | None:
    """Return the paid line whose time a subscription is using at a moment: the newest that holds it."""
    lines = InvoiceLine.objects.filter(
        invoice__subscription=subscription,
        invoice__status=InvoiceStatus.PAID,
        kind__in=CHARGES,
        period_start__lte=at,
        period_end__gt=at,
    )
    return lines.select_related("invoice", "price__plan").order_by("-invoice__number", "-pk").first()


def standing_notes() -> QuerySet[CreditNote]:
    """Return the credit notes that count: not those whose money never arrived."""
    return CreditNote.objects.exclude(refund__status__in=(RefundStatus.FAILED, RefundStatus.CANCELED))


def paid_for(line: InvoiceLine) -> Paid:
    """Return what was paid for a line and not given back since, never less than nothing."""
    net, tax = _left_of(line)
    return Paid(net=max(net, NOTHING), tax=max(tax, NOTHING), percentage=line.tax_percentage)


def _left_of(line: InvoiceLine) -> tuple[Decimal, Decimal]:
    """Return what is left of a charge, net and tax. Below zero: more of it was refunded than its successor left over.

    An invoice has one charge. What was given back twice of the lines that it took credit from is missing in it too.
    """
    credited = line.credited_by.filter(invoice__status=InvoiceStatus.PAID).aggregate(net=Sum("net"), tax=Sum("tax"))
    refunded = standing_notes().filter(invoice=line.invoice_id).aggregate(net=Sum("net"), tax=Sum("tax"))
    net = line.net + (credited["net"] or NOTHING) - (refunded["net"] or NOTHING)
    tax = line.tax + (credited["tax"] or NOTHING) - (refunded["tax"] or NOTHING)
    for source in InvoiceLine.objects.filter(credited_by__invoice=line.invoice_id):
        missing_net, missing_tax = _left_of(source)
        net, tax = net + min(missing_net, NOTHING), tax + min(missing_tax, NOTHING)
    return net, tax

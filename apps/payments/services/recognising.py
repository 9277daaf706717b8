"""Earn what was billed, day by day: along a straight line through the time that an invoice's line is for.

By the end of a day a line has earned its net times the share of its seconds that are over, half-even at the currency's
exponent; what a day earns is the difference to the day before, so that the days of a line sum to its net.
"""

from django.db.models import F

from apps.payments.models import BookEntry, Invoice, InvoiceLine, Recognition

KIND = "revenue"


def plan_recognition(invoice: Invoice) -> None:
    """Remember what the lines of an invoice are to earn. Harmless when repeated."""
    lines = InvoiceLine.objects.filter(invoice=invoice).exclude(net=0)
    Recognition.objects.bulk_create(
        [
            Recognition(
                line=line,
                currency=invoice.currency,
                net=line.net,
                starts_at=line.period_start,
                ends_at=line.period_end,
            )
            for line in lines
        ],
        ignore_conflicts=True,
    )


def stop_recognition(invoice: Invoice) -> list[str]:
    """Let the lines of an invoice earn nothing more, and return the keys of what they have earned so far."""
    Recognition.objects.filter(line__invoice=invoice).update(net=F("earned"))
    earned = BookEntry.objects.filter(invoice_id=invoice.pk, kind=KIND)
    return list(earned.order_by("key").values_list("key", flat=True))

"""Write invoices: with their number, their lines, the tax, and what the customer has in balance."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from apps.payments.enums import BillingReason, InvoiceStatus, LineKind, TaxBehavior
from apps.payments.models import Customer, Invoice, InvoiceLine, Price, Subscription, TaxRate
from apps.payments.provider import the_people
from apps.payments.rules.tax import taxed
from apps.payments.services.books.bookkeeping import balance_of, book_invoice, book_void
from apps.payments.services.invoices.numbering import INVOICES, take_number

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineTax:
    """The tax that a line holds: whom it is owed to, and at which rate. None where there is none."""

    country: str = ""
    name: str = ""
    percentage: Decimal = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line to be. `amount` is as priced: with the tax where that is inclusive. In a credit all are below zero."""

    kind: LineKind
    price: Price
    description: str
    amount: Decimal
    net: Decimal
    tax: Decimal
    rate: LineTax
    period_start: datetime
    period_end: datetime
    credits_id: int | None = None


def at_rate(rate: TaxRate | None) -> LineTax:
    """Return the tax of a rate of the catalogue."""
    return LineTax(rate.country, rate.name, rate.percentage) if rate else LineTax()


def period_line(price: Price, *, start: datetime, end: datetime, rate: TaxRate | None) -> NewLine:
    """Return the line of a whole period of a price."""
    tax = at_rate(rate)
    shares = taxed(
        price.unit_amount,
        percentage=tax.percentage,
        behavior=TaxBehavior(price.tax_behavior),
        currency=price.currency,
    )
    return NewLine(
        kind=LineKind.PERIOD,
        price=price,
        description=f"{price.plan.name}, {start:%-d %B %Y} to {end:%-d %B %Y}",
        amount=price.unit_amount,
        net=shares.net,
        tax=shares.tax,
        rate=tax,
        period_start=start,
        period_end=end,
    )


def issue_invoice(
    customer: Customer,
    subscription: Subscription,
    *,
    reason: BillingReason,
    lines: Sequence[NewLine],
    period_start: datetime,
    period_end: datetime,
    at: datetime,
    new_price: Price | None = None,
) -> Invoice:
    """Store and book a finalised invoice, and return it open: what is due is collected by `charging.collect`.

    What the customer has in balance is taken first. The customer is locked by the caller.
    """
    currency = lines[0].price.currency
    subtotal = sum((line.net for line in lines), NOTHING)
    tax = sum((line.tax for line in lines), NOTHING)
    total = subtotal + tax
    applied = min(balance_of(customer.pk, currency=currency), max(total, NOTHING))
    invoice = Invoice.objects.create(
        customer=customer,
        subscription=subscription,
        reason=reason,
        status=InvoiceStatus.OPEN,
        new_price=new_price,
        currency=currency,
        period_start=period_start,
        period_end=period_end,
        country=customer.country,
        subtotal=subtotal,
        tax=tax,
        total=total,
        balance_applied=applied,
        amount_due=max(total, NOTHING) - applied,
        bill_to=_bill_to(customer),
        created_at=at,
        finalized_at=at,
        number=take_number(INVOICES),
    )
    InvoiceLine.objects.bulk_create(_row(invoice, line) for line in lines)
    book_invoice(invoice)
    return invoice


def void_invoice(invoice: Invoice, *, at: datetime) -> None:
    """Void an open invoice that nobody will pay. Its number stays, and its bookings are taken back."""
    invoice.status = InvoiceStatus.VOID
    invoice.next_attempt_at = None
    invoice.save(update_fields=["status", "next_attempt_at"])
    book_void(invoice, at=at)


def _row(invoice: Invoice, line: NewLine) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        kind=line.kind,
        price=line.price,
        description=line.description,
        tax_behavior=line.price.tax_behavior,
        amount=line.amount,
        net=line.net,
        tax=line.tax,
        tax_country=line.rate.country,
        tax_name=line.rate.name,
        tax_percentage=line.rate.percentage,
        period_start=line.period_start,
        period_end=line.period_end,
        credits_id=line.credits_id,
    )


def _bill_to(customer: Customer) -> str | None:
    contact = the_people().contact(customer.user_id)
    return None if contact is None else json.dumps(asdict(contact))

"""How a person stands with us as a payer."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Sum

from apps.kernel.ledger.models import LedgerEntry
from apps.payments.apps import DATABASE
from apps.payments.models import BookEntry, Customer, Invoice, Payment, PaymentMethod
from apps.payments.rules.accounts import CUSTOMER_BALANCE, customer_owner


@dataclass(frozen=True, slots=True)
class Balance:
    """What we owe a customer in a currency; it is taken off their next invoice."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Billing:
    """Where a person lives, what we owe them, and the card that renewals are paid with."""

    country: str
    balances: list[Balance]
    default_payment_method: PaymentMethod | None


def billing_of(user_id: UUID) -> Billing:
    """Return how a person stands as a payer; someone we have not met has nothing."""
    customer = Customer.objects.select_related("default_method").filter(user_id=user_id).first()
    if customer is None:
        return Billing(country="", balances=[], default_payment_method=None)
    return Billing(
        country=customer.country, balances=balances_of(customer), default_payment_method=customer.default_method
    )


def balances_of(customer: Customer) -> list[Balance]:
    """Return what we owe a customer, currency by currency."""
    entries = entries_of([customer]).filter(account__kind=CUSTOMER_BALANCE)
    sums = entries.values_list("currency").annotate(owed=-Sum("amount")).order_by("currency")
    return [Balance(amount=owed, currency=currency) for currency, owed in sums if owed]


def payment_methods() -> QuerySet[PaymentMethod]:
    """Return the cards that are kept, each with whether it is its customer's default."""
    is_default = ExpressionWrapper(Q(pk=F("customer__default_method_id")), output_field=BooleanField())
    return PaymentMethod.objects.filter(detached_at=None).annotate(is_default=is_default)


def entries_of(customers: Iterable[Customer]) -> QuerySet[LedgerEntry]:
    """Return what stands in the books of customers, by what was posted: no index leads from an account to it."""
    ids = [customer.pk for customer in customers]
    theirs = Q(invoice_id__in=Invoice.objects.filter(customer__in=ids).values("pk"))
    theirs |= Q(payment_id__in=Payment.objects.filter(customer__in=ids).values("pk"))
    keys = BookEntry.objects.filter(theirs).values("key")
    owners = [customer_owner(customer_id) for customer_id in ids]
    return LedgerEntry.objects.using(DATABASE).filter(transaction__idempotency_key__in=keys, account__owner__in=owners)

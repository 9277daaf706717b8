"""What payments keeps about a person."""

from uuid import UUID

from django.db.models import Q

from apps.kernel.ledger.models import LedgerEntry
from apps.kernel.personal import Records, Table, told
from apps.kernel.persons import AUDIT_FILE, entries_about
from apps.payments.apps import DATABASE
from apps.payments.models import (
    CreditNote,
    Customer,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentMethod,
    Recognition,
    Refund,
    Subscription,
    SubscriptionChange,
)
from apps.payments.selectors.billing import entries_of

OPENS_CARD = "Whoever has it and our key at the payment provider can charge the card."
OPENS_PAGE = "Whoever has it can pay, and see what."
OURS = "It says how our processes go about it."


def personal_data(user_id: UUID) -> Records:
    """Yield the files of a person."""
    yield from told(TABLES, user_id=user_id)
    yield AUDIT_FILE, entries_about(user_id, using=DATABASE)


def _books_of(user_id: UUID) -> Q:
    return Q(pk__in=entries_of(Customer.objects.filter(user_id=user_id)))


TABLES = (
    Table(
        file="customer",
        model=Customer,
        owner="user_id",
        columns=(
            "id", "country", "provider", "provider_customer_id", "default_method_id", "standing_version", "created_at",
        ),
    ),
    Table(
        file="payment_methods",
        model=PaymentMethod,
        owner="customer__user_id",
        columns=("id", "brand", "last4", "exp_month", "exp_year", "created_at", "detached_at"),
        withheld={"provider_method_id": OPENS_CARD, "fingerprint": "It tells equal cards, and says nothing of them."},
    ),
    Table(
        file="subscriptions",
        model=Subscription,
        owner="customer__user_id",
        columns=(
            "id", "price__lookup_key", "next_price__lookup_key", "status", "version", "billing_anchor",
            "period_number", "current_period_start", "current_period_end", "trial_end", "trial_reminded_at",
            "cancel_at_period_end", "past_due_since", "canceled_at", "ended_at", "ended_because", "created_at",
        ),
        withheld={"setup_id": OPENS_PAGE, "checkout_url": OPENS_PAGE, "next_action_at": OURS},
    ),
    Table(
        file="subscription_changes",
        model=SubscriptionChange,
        owner="subscription__customer__user_id",
        columns=(
            "subscription_id", "version", "before", "after", "price__lookup_key", "because", "changed_at",
            "recorded_at",
        ),
    ),
    Table(
        file="invoices",
        model=Invoice,
        owner="customer__user_id",
        columns=(
            "id", "number", "subscription_id", "reason", "status", "new_price__lookup_key", "currency",
            "period_start", "period_end", "country", "subtotal", "tax", "total",
            "balance_applied", "amount_due", "amount_paid", "amount_credited", "bill_to", "attempts",
            "next_attempt_at", "created_at", "finalized_at", "paid_at",
        ),
    ),
    Table(
        file="invoice_lines",
        model=InvoiceLine,
        owner="invoice__customer__user_id",
        columns=(
            "id", "invoice_id", "kind", "price__lookup_key", "description", "tax_behavior", "amount", "net", "tax",
            "tax_country", "tax_name", "tax_percentage", "period_start", "period_end", "credits_id",
        ),
    ),
    Table(
        file="earned",
        model=Recognition,
        owner="line__invoice__customer__user_id",
        columns=("line_id", "currency", "net", "earned", "starts_at", "ends_at", "earned_to"),
    ),
    Table(
        file="credit_notes",
        model=CreditNote,
        owner="invoice__customer__user_id",
        columns=("id", "invoice_id", "number", "currency", "net", "tax", "taxes", "total", "reason", "created_at"),
    ),
    Table(
        file="payments",
        model=Payment,
        owner="customer__user_id",
        columns=(
            "id", "invoice_id", "attempt", "status", "provider", "intent_id", "method_id", "off_session", "amount",
            "currency", "fee", "refunded", "failure_code", "created_at", "settled_at",
        ),
        withheld={"page_url": OPENS_PAGE, "asked_at": OURS},
    ),
    Table(
        file="refunds",
        model=Refund,
        owner="payment__customer__user_id",
        columns=(
            "id", "payment_id", "amount", "currency", "reason", "note", "status", "credit_note_id", "failure_code",
            "provider_refund_id", "created_at", "settled_at",
        ),
        withheld={
            "requested_by": "It names a member of our staff.",
            "decided_by": "It names a member of our staff.",
            "asked_at": OURS,
        },
    ),
    Table(
        file="books",
        model=LedgerEntry,
        owner=_books_of,
        columns=(
            "account__kind", "amount", "currency", "transaction__kind", "transaction__occurred_at",
            "transaction__posted_at",
        ),
        by=("transaction_id", "account_id"),
        using=DATABASE,
    ),
)  # fmt: skip

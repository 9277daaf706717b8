"""From choosing a plan to its features: the shortest way through payments."""

from decimal import Decimal

import pytest

from apps.kernel.ledger.verify import trial_balance, unbalanced_transactions
from apps.payments.apps import DATABASE
from apps.payments.models import Payment
from tests.support.billing import a_payer, checkout_begun, invoices_of, subscribed, told

pytestmark = pytest.mark.django_db(databases=["default", "payments"])


def test_a_plan_is_chosen_but_not_paid_and_opens_nothing() -> None:
    subscription = checkout_begun(a_payer())
    (invoice,) = invoices_of(subscription)
    payment = Payment.objects.get(invoice=invoice)
    assert (subscription.status, invoice.status) == ("incomplete", "open")
    assert (payment.status, payment.amount, payment.currency) == ("requires_payment_method", Decimal(49), "EUR")
    assert payment.page_url
    (stated,) = told("subscription.changed")
    assert (stated["plan"], stated["status"], stated["features"]["signals.realtime"]) == ("free", "incomplete", False)


def test_a_plan_that_is_paid_opens_its_features_and_is_in_the_books() -> None:
    person = a_payer()
    subscription = subscribed(person)
    (invoice,) = invoices_of(subscription)
    assert (subscription.status, invoice.status, invoice.amount_paid) == ("active", "paid", Decimal(49))
    assert (invoice.subtotal, invoice.tax, str(invoice)) == (Decimal("41.18"), Decimal("7.82"), "INV-000001")
    first, last = told("subscription.changed")
    assert (first["status"], last["status"], last["plan"]) == ("incomplete", "active", "pro")
    assert last["features"]["signals.realtime"] is True
    assert [last["standing_version"], last["subscription_version"], last["user_id"]] == [2, 2, str(person.pk)]
    (completed,) = told("payment.completed")
    assert (completed["amount"], completed["currency"], completed["invoice_number"]) == ("49.0000", "EUR", "INV-000001")
    assert unbalanced_transactions(using=DATABASE) == 0
    totals = {line.kind: line.total for line in trial_balance(using=DATABASE)}
    assert sum(totals.values()) == 0
    assert (totals["deferred_revenue"], totals["tax_payable"]) == (Decimal("-41.18"), Decimal("-7.82"))
    assert totals.get("receivable", 0) == 0

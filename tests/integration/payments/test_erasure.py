"""Somebody who leaves: nothing more is charged, nobody's name stays, and the books do."""

import io
import json

import pytest
from pypdf import PdfReader

from apps.kernel.ids import uuid7
from apps.kernel.ledger.verify import unbalanced_transactions
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.apps import DATABASE
from apps.payments.models import Customer, Invoice, Payment, PaymentMethod, Subscription, TrialUse
from apps.payments.printing import invoice_pdf
from apps.payments.selectors.invoices import printable_invoice
from apps.payments.services import billing_now, erase_people
from tests.support.payers import begun, paid, renewal_declined
from tests.support.people import a_person

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]


def asked(task):
    rows = OutboxMessage.objects.using(DATABASE).filter(name=task).order_by("id")
    return [json.loads(row.body)[0] for row in rows]


def test_a_subscription_ends_at_once_and_says_so():
    person = a_person()
    subscription = paid(person.pk)
    erase_people([person.pk], at=billing_now())
    subscription.refresh_from_db()
    assert (subscription.status, subscription.ended_because, subscription.next_action_at) == (
        "canceled",
        "erased",
        None,
    )
    last = OutboxMessage.objects.using(DATABASE).filter(name="subscription.changed").latest("id")
    stated = json.loads(last.body)["data"]
    assert (stated["plan"], stated["status"], stated["features"]["signals.realtime"]) == ("free", "canceled", False)


def test_a_checkout_is_given_up_and_what_is_overdue_is_not_collected():
    waiting, overdue = a_person(), a_person()
    begun(waiting.pk)
    open_payment = Payment.objects.get(customer__user_id=waiting.pk)
    renewal = renewal_declined(paid(overdue.pk))
    erase_people([waiting.pk, overdue.pk], at=billing_now())
    renewal.refresh_from_db()
    assert (renewal.status, renewal.next_attempt_at) == ("void", None)
    assert set(Subscription.objects.values_list("status", flat=True)) == {"incomplete_expired", "canceled"}
    assert str(open_payment.pk) in asked("payments.abandon")
    assert unbalanced_transactions(using=DATABASE) == 0


def test_cards_go_here_at_once_and_at_the_provider_by_task():
    person = a_person()
    paid(person.pk)
    card = PaymentMethod.objects.get(customer__user_id=person.pk)
    erase_people([person.pk], at=billing_now())
    card.refresh_from_db()
    assert (card.last4, card.fingerprint, card.exp_year) == ("", "", 0)
    assert card.detached_at is not None
    assert asked("payments.detach_method") == [str(card.pk)]
    customer = Customer.objects.get(user_id=person.pk)
    assert (customer.default_method, customer.country) == (None, "")


def test_nobodys_name_stays_on_an_invoice_and_its_amounts_do():
    person = a_person(name="Ada Lovelace")
    paid(person.pk)
    invoice = Invoice.objects.get(customer__user_id=person.pk)
    assert "Ada Lovelace" in invoice.bill_to
    erase_people([person.pk], at=billing_now())
    printed = PdfReader(io.BytesIO(invoice_pdf(printable_invoice(invoice.pk)))).pages[0].extract_text()
    assert "Ada" not in printed
    assert person.email not in printed
    assert "49.00 EUR" in printed


def test_who_had_a_trial_is_known_again():
    person = a_person()
    paid(person.pk)
    use = TrialUse.objects.create(mark="user", digest="0" * 64, subscription_id=uuid7())
    erase_people([person.pk], at=billing_now())
    assert TrialUse.objects.filter(pk=use.pk).exists()


def test_twice_is_harmless_and_nobody_else_is_touched():
    person, other = a_person(), a_person()
    paid(person.pk)
    kept = paid(other.pk)
    erase_people([person.pk], at=billing_now())
    before = OutboxMessage.objects.using(DATABASE).count()
    erase_people([person.pk, uuid7()], at=billing_now())
    assert OutboxMessage.objects.using(DATABASE).count() == before
    kept.refresh_from_db()
    assert kept.status == "active"
    assert PaymentMethod.objects.get(customer__user_id=other.pk).last4 == "4242"

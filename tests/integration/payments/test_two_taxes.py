"""Two taxes on one invoice: an upgrade takes back the tax that was charged and charges the one that holds now."""

import io
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pypdf import PdfReader

from apps.kernel.ids import uuid7
from apps.kernel.ledger.models import LedgerEntry
from apps.payments.apps import DATABASE
from apps.payments.models import CreditNote, Invoice, Payment, Subscription, TaxRate
from apps.payments.rules.accounts import TAX
from apps.payments.selectors.auditing import faults
from apps.payments.services import billing_now, change_subscription, move_to, request_refund
from apps.users.models import User
from tests.support.billing import a_payer, do_tasks, fresh, invoices_of, subscribed
from tests.support.people import a_person, client_of

pytestmark = pytest.mark.django_db(databases=["default", "payments"])

STAFF = uuid7()


def half_way(subscription: Subscription) -> datetime:
    start, end = subscription.current_period_start, subscription.current_period_end
    return start + (end - start) / 2


def upgraded(person: User, subscription: Subscription) -> Invoice:
    """Change to pro when half of the period is over, and return its invoice."""
    change_subscription(person.pk, subscription.pk, lookup_key="pro-eur-month", at=half_way(subscription))
    do_tasks()
    _, invoice = invoices_of(fresh(subscription))
    return invoice


def owed() -> dict[str, Decimal]:
    """Return what the books say is owed to each country."""
    found: dict[str, Decimal] = {}
    entries = LedgerEntry.objects.using(DATABASE).filter(account__kind=TAX).values_list("account__owner", "amount")
    for country, amount in entries:
        found[country] = found.get(country, Decimal(0)) - amount
    return {country: amount for country, amount in found.items() if amount}


def refund(invoice: Invoice, amount: str) -> None:
    payment = Payment.objects.get(invoice=invoice, status="succeeded")
    request_refund(
        payment.pk,
        amount=Decimal(amount),
        currency="EUR",
        reason="duplicate",
        note="",
        staff_id=STAFF,
        at=billing_now(),
    )
    do_tasks()


@pytest.fixture
def moved_to_finland() -> Invoice:
    """The upgrade of somebody who paid German tax and lives in Finland now."""
    person = a_payer()
    basic = subscribed(person, price="basic-eur-month")
    move_to(person.pk, country="FI")
    return upgraded(person, basic)


def shares(invoice: Invoice) -> list[dict[str, str]]:
    person = User.objects.get(pk=invoice.customer.user_id)
    found: list[dict[str, str]] = client_of(person).get(f"/api/v1/invoices/{invoice.pk}").json()["total_taxes"]
    return found


def test_another_rate_of_the_same_country() -> None:
    person = a_payer()
    basic = subscribed(person, price="basic-eur-month")
    changes = half_way(basic).date() - timedelta(days=1)
    TaxRate.objects.filter(country="DE", valid_to=None).update(valid_to=changes)
    TaxRate.objects.create(country="DE", name="VAT", percentage=Decimal(16), valid_from=changes)
    invoice = upgraded(person, basic)
    # 24.50 × 16 / 116 = 3.38; 15.97 / 2 = 7.98 (half-even), × 19 % = 1.52
    assert shares(invoice) == [
        {"country": "DE", "name": "VAT", "percentage": "19", "taxable_amount": "-7.98", "amount": "-1.52"},
        {"country": "DE", "name": "VAT", "percentage": "16", "taxable_amount": "21.12", "amount": "3.38"},
    ]
    assert (invoice.subtotal, invoice.tax, invoice.total) == (Decimal("13.14"), Decimal("1.86"), Decimal(15))
    assert owed() == {"DE": Decimal("4.89")}  # 3.03 + 1.86


def test_another_country_is_owed_its_own_tax(moved_to_finland: Invoice) -> None:
    # 24.50 × 25.5 / 125.5 = 4.98
    assert shares(moved_to_finland) == [
        {"country": "DE", "name": "VAT", "percentage": "19", "taxable_amount": "-7.98", "amount": "-1.52"},
        {"country": "FI", "name": "VAT", "percentage": "25.5", "taxable_amount": "19.52", "amount": "4.98"},
    ]
    assert owed() == {"DE": Decimal("1.51"), "FI": Decimal("4.98")}
    assert list(faults()) == []


@pytest.mark.parametrize("amounts", [["15.00"], ["4.99", "0.01", "6.66", "3.34"]], ids=["whole", "in parts"])
def test_what_goes_back_takes_the_tax_of_each_country_back(moved_to_finland: Invoice, amounts: list[str]) -> None:
    for amount in amounts:
        refund(moved_to_finland, amount)
    assert owed() == {"DE": Decimal("3.03")}
    notes = CreditNote.objects.filter(invoice=moved_to_finland)
    assert sum(note.tax for note in notes) == moved_to_finland.tax
    assert all(sum(map(Decimal, note.taxes.values())) == note.tax for note in notes)
    assert list(faults()) == []


def test_the_credit_of_a_later_upgrade_takes_back_the_tax_of_its_own_line(moved_to_finland: Invoice) -> None:
    pro = Subscription.objects.get(pk=moved_to_finland.subscription_id)
    person = User.objects.get(pk=pro.customer.user_id)
    move_to(person.pk, country="JP")
    assert not TaxRate.objects.filter(country="JP", valid_from__lte=billing_now().date()).exists()
    at = pro.current_period_start + (pro.current_period_end - pro.current_period_start) * 3 / 4
    change_subscription(person.pk, pro.pk, lookup_key="pro-eur-year", at=at)
    do_tasks()
    credit, charge = invoices_of(fresh(pro))[-1].lines.order_by("pk")
    assert (credit.tax_country, credit.tax_percentage, credit.tax) == ("FI", Decimal("25.5"), Decimal("-2.49"))
    assert (charge.tax_country, charge.tax) == ("", Decimal(0))
    assert owed() == {"DE": Decimal("1.51"), "FI": Decimal("2.49")}


def test_a_credit_note_is_printed_with_the_taxes_that_it_takes_back(moved_to_finland: Invoice) -> None:
    refund(moved_to_finland, "7.50")
    note = CreditNote.objects.get(invoice=moved_to_finland)
    client = client_of(User.objects.get(pk=moved_to_finland.customer.user_id))
    answer = client.get(f"/api/v1/invoices/{moved_to_finland.pk}/credit-notes/{note}/pdf")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for part in (
        f"Credit note {note}", f"Invoice {moved_to_finland} of", "Reason: duplicate", "VAT 19 % (DE)", "-0.76 EUR",
        "VAT 25.5 % (FI)", "2.49 EUR", "5.77 EUR", "7.50 EUR", "Finland",
    ):  # fmt: skip
        assert part in text, part


def test_nobody_reads_the_credit_notes_of_others_or_such_as_there_are_not(moved_to_finland: Invoice) -> None:
    refund(moved_to_finland, "7.50")
    note = CreditNote.objects.get(invoice=moved_to_finland)
    first = Invoice.objects.get(subscription=moved_to_finland.subscription_id, number=moved_to_finland.number - 1)
    owner, stranger = client_of(User.objects.get(pk=moved_to_finland.customer.user_id)), client_of(a_payer())
    for client, invoice, number in (
        (stranger, moved_to_finland, str(note)),
        (owner, first, str(note)),
        (owner, moved_to_finland, "CN-000099"),
    ):
        assert client.get(f"/api/v1/invoices/{invoice.pk}/credit-notes/{number}/pdf").status_code == 404


def test_staff_print_a_credit_note_if_they_may_read_invoices(moved_to_finland: Invoice, client: Client) -> None:
    refund(moved_to_finland, "7.50")
    note = CreditNote.objects.get(invoice=moved_to_finland)
    person = a_person(is_staff=True)
    client.force_login(person, backend="apps.users.backends.GuardedBackend")
    address = f"/admin/payments/invoice/{moved_to_finland.pk}/credit-notes/{note}/pdf"
    assert client.get(address).status_code == 403
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_invoice", "view_creditnote"]))
    assert client.get(address)["Content-Type"] == "application/pdf"
    assert address in client.get(f"/admin/payments/invoice/{moved_to_finland.pk}/change/").content.decode()
    assert client.get(address.replace(str(note), "CN-000099")).status_code == 404

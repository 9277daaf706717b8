"""Staff ask for refunds and decide on them in the admin, and read the books there."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import Settings

from apps.kernel.ids import uuid7
from apps.payments.models import BookEntry, Payment, Refund
from apps.users.models import User
from tests.support.billing import a_payer, do_tasks, subscribed
from tests.support.people import a_person, an_address

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

ADMIN = "/admin/payments"
ALL = ("view_refund", "add_refund", "change_refund", "view_bookentry", "view_payout")


def staff(*codenames: str) -> tuple[User, Client]:
    person = a_person(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="payments", codename__in=codenames))
    client = Client(REMOTE_ADDR=an_address())
    client.force_login(person, backend="apps.users.backends.GuardedBackend")
    return person, client


@pytest.fixture
def payment() -> Payment:
    return Payment.objects.get(invoice__subscription=subscribed(a_payer()))


def ask(client: Client, payment: Payment, amount: str) -> str:
    return send(client, asked_for(client, payment, amount))


def asked_for(client: Client, payment: Payment, amount: str) -> dict[str, str]:
    """Return the form of a refund, filled in as it was opened."""
    page = client.get(f"{ADMIN}/refund/add/")
    once = page.context["adminform"].form["once"].value() if page.status_code == 200 else uuid7()
    return {
        "payment": str(payment.pk), "amount": amount, "reason": "duplicate", "note": "Ticket 812", "once": str(once),
    }  # fmt: skip


def send(client: Client, form: dict[str, str]) -> str:
    return client.post(f"{ADMIN}/refund/add/", form, follow=True).content.decode()


def decide(client: Client, refund: Refund, action: str) -> str:
    form = {"action": action, "_selected_action": str(refund.pk)}
    return client.post(f"{ADMIN}/refund/", form, follow=True).content.decode()


def test_one_asks_and_another_decides(payment: Payment, settings: Settings) -> None:
    settings.TREUM_PAYMENTS_REFUND_LIMITS = {"EUR": Decimal(20)}
    first, asking = staff(*ALL)
    second, deciding = staff(*ALL)
    ask(asking, payment, "30.00")
    refund = Refund.objects.get()
    assert (refund.status, refund.requested_by, refund.currency) == ("awaiting_approval", first.pk, "EUR")
    assert "another member of staff" in decide(asking, refund, "approve")
    decide(deciding, refund, "approve")
    do_tasks()
    refund.refresh_from_db()
    assert (refund.status, refund.decided_by) == ("succeeded", second.pk)
    assert "CN-000001" in asking.get(f"{ADMIN}/refund/").content.decode()


def test_a_form_that_is_sent_twice_asks_once(payment: Payment) -> None:
    _, client = staff(*ALL)
    form = asked_for(client, payment, "2.00")
    for _ in range(2):
        send(client, form)
    assert Refund.objects.count() == 1
    ask(client, payment, "2.00")
    assert Refund.objects.count() == 2


def test_an_invoice_is_found_by_its_printed_number(payment: Payment) -> None:
    _, client = staff("view_invoice", "view_payment")
    for page in ("invoice", "payment"):
        for term in (str(payment.invoice), str(payment.invoice).lower(), str(payment.invoice.number)):
            assert client.get(f"{ADMIN}/{page}/?q={term}").context["cl"].result_count == 1, (page, term)
        assert client.get(f"{ADMIN}/{page}/?q=INV-000999").context["cl"].result_count == 0


def test_asking_lists_no_payments(payment: Payment) -> None:
    """There may be millions of them: one is named, or looked up."""
    _, client = staff(*ALL, "view_payment")
    shown = client.get(f"{ADMIN}/refund/add/").content.decode()
    assert str(payment.pk) not in shown
    assert 'id="lookup_id_payment"' in shown


def test_what_cannot_be_refunded_is_said_and_changes_nothing(payment: Payment) -> None:
    _, client = staff(*ALL)
    assert "At most 49.00 EUR" in ask(client, payment, "49.01")
    assert Refund.objects.count() == 0


@pytest.mark.parametrize("missing", ["add_refund", "change_refund"])
def test_without_the_permission_nothing_happens(payment: Payment, settings: Settings, missing: str) -> None:
    settings.TREUM_PAYMENTS_REFUND_LIMITS = {"EUR": Decimal(1)}
    _, asking = staff(*(ALL if missing == "change_refund" else [code for code in ALL if code != missing]))
    ask(asking, payment, "5.00")
    if missing == "add_refund":
        assert Refund.objects.count() == 0
    else:
        _, deciding = staff(*[code for code in ALL if code != missing])
        decide(deciding, Refund.objects.get(), "approve")
        assert Refund.objects.get().status == "awaiting_approval"


def test_the_books_are_read_and_lead_to_what_they_are_about(payment: Payment) -> None:
    _, client = staff(*ALL)
    listed = client.get(f"{ADMIN}/bookentry/").content.decode()
    assert f"{ADMIN}/payment/{payment.pk}/change/" in listed
    row = BookEntry.objects.get(kind="payment")
    shown = client.get(f"{ADMIN}/bookentry/{row.key.replace(':', '_3A')}/change/").content.decode()
    assert "provider_clearing" in shown
    assert "-49.00 EUR" in shown
    balance = client.get(f"{ADMIN}/figures/").content.decode()
    assert "deferred_revenue" in balance
    assert "41.18" in balance
    assert client.get(f"{ADMIN}/payout/").status_code == 200


def test_nobody_else_reads_the_books() -> None:
    _, client = staff("view_refund")
    assert client.get(f"{ADMIN}/figures/").status_code == 403

"""Plans, subscriptions, invoices and cards over REST, as a person meets them."""

import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connections
from pypdf import PdfReader
from rest_framework.test import APIClient

from apps.kernel.outbox.models import OutboxMessage
from apps.payments.apps import DATABASE
from apps.payments.models import Customer, Invoice, Payment, PaymentMethod, Plan, Subscription
from apps.payments.services import billing_now, checkout_link, detach_method, prefer_method, seed_catalogue
from tests.support.payers import begun, card_of, history, paid, pay_for, renewal_declined
from tests.support.people import a_person, an_address, client_of, tokens_of
from tests.support.snapshots import Snapshot

V1 = "/api/v1"
TIMES = 100

pytestmark = pytest.mark.integration
rolled_back = pytest.mark.django_db(databases=["default", "payments"])


def post(client, path, body=None, *, key=None):
    return client.post(f"{V1}/{path}", body, format="json", headers={"Idempotency-Key": key or uuid4().hex})


def refusal(answer):
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def asked(task):
    return [row.body for row in OutboxMessage.objects.using(DATABASE).filter(name=task).order_by("id")]


@rolled_back
def test_plans_are_read_without_login_with_prices_and_features(client):
    seed_catalogue()
    plans = client.get(f"{V1}/plans").json()["results"]
    assert [plan["code"] for plan in plans] == ["free", "basic", "pro"]
    pro = client.get(f"{V1}/plans/pro").json()
    assert pro["features"]["signals.realtime"] is True
    assert {(price["lookup_key"], price["unit_amount"], price["tax_behavior"]) for price in pro["prices"]} == {
        ("pro-eur-month", "49.00", "inclusive"),
        ("pro-eur-year", "490.00", "inclusive"),
        ("pro-usd-month", "49.00", "exclusive"),
        ("pro-usd-year", "490.00", "exclusive"),
    }


@rolled_back
def test_what_is_not_on_sale_is_not_shown(client):
    seed_catalogue()
    Plan.objects.filter(code="basic").update(active=False)
    Plan.objects.get(code="pro").prices.filter(currency="USD").update(active=False)
    assert [plan["code"] for plan in client.get(f"{V1}/plans").json()["results"]] == ["free", "pro"]
    assert client.get(f"{V1}/plans/basic").status_code == 404
    assert {price["currency"] for price in client.get(f"{V1}/plans/pro").json()["prices"]} == {"EUR"}


@rolled_back
def test_subscribing_makes_rows_and_leads_to_a_page():
    seed_catalogue()
    person = a_person()
    answer = post(client_of(person), "subscriptions", {"price": "pro-eur-month", "country": "DE"})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["status"], told["price"]["plan"], told["price"]["unit_amount"]) == ("incomplete", "pro", "49.00")
    assert "/checkout/" in told["checkout_url"]
    payment = Payment.objects.get(customer__user_id=person.pk)
    assert (payment.status, payment.amount, payment.asked_at) == ("pending", Decimal(49), None)


@rolled_back
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "invalid")),
        ({"price": "pro-eur-month"}, (422, "country_missing")),
        ({"price": "gold", "country": "DE"}, (404, "price_unknown")),
        ({"price": "pro-eur-month", "country": "ZZ"}, (400, "invalid")),
        ({"price": "pro-eur-month", "country": "de"}, (400, "invalid")),
        ({"price": "pro-eur-month", "country": "DE", "amount": "0.01"}, (400, "invalid")),
    ],
    ids=["nothing", "no country", "no such price", "no such country", "small letters", "an amount of one's own"],
)
def test_what_cannot_be_subscribed_to_is_refused_and_nothing_is_stored(body, expected):
    seed_catalogue()
    assert refusal(post(client_of(a_person()), "subscriptions", body)) == expected
    assert not Subscription.objects.exists()
    assert not Invoice.objects.exists()


@rolled_back
def test_no_subscription_without_an_idempotency_key():
    seed_catalogue()
    body = {"price": "pro-eur-month", "country": "DE"}
    answer = client_of(a_person()).post(f"{V1}/subscriptions", body, format="json")
    assert answer.status_code == 400
    assert not Subscription.objects.exists()


@rolled_back
def test_one_who_pays_already_changes_instead():
    person = a_person()
    paid(person.pk)
    again = post(client_of(person), "subscriptions", {"price": "basic-eur-month"})
    assert refusal(again) == (409, "already_subscribed")


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Databases that keep what is committed; afterwards they are as they were."""
    with django_db_blocker.unblock(), Snapshot("default"), Snapshot(DATABASE):
        yield


@pytest.mark.usefixtures("committed")
def test_a_hundred_identical_posts_make_one_subscription():
    seed_catalogue()
    person = a_person()
    bearer = f"Bearer {tokens_of(person).access}"

    def once(_):
        client = APIClient(REMOTE_ADDR=an_address(), HTTP_AUTHORIZATION=bearer)
        try:
            answer = post(client, "subscriptions", {"price": "pro-eur-month", "country": "DE"}, key="one")
            return answer.status_code, answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(once, range(TIMES)))
    made = {content for status, content in answers if status == 201}
    assert len(made) == 1
    assert {status for status, _ in answers} <= {201, 409}, "409: while the first is under way"
    assert Subscription.objects.filter(customer__user_id=person.pk).count() == 1
    assert Invoice.objects.filter(customer__user_id=person.pk).count() == 1
    assert Payment.objects.filter(customer__user_id=person.pk).count() == 1


@rolled_back
def test_cancel_at_period_end_resume_and_cancel_at_once():
    person = a_person()
    subscription = paid(person.pk)
    client = client_of(person)
    path = f"subscriptions/{subscription.pk}"
    planned = post(client, f"{path}/cancel", {"at_period_end": True}).json()
    assert (planned["status"], planned["cancel_at_period_end"]) == ("active", True)
    resumed = post(client, f"{path}/resume").json()
    assert (resumed["status"], resumed["cancel_at_period_end"], resumed["canceled_at"]) == ("active", False, None)
    ended = post(client, f"{path}/cancel", {"at_period_end": False}).json()
    assert ended["status"] == "canceled"
    assert refusal(post(client, f"{path}/resume")) == (409, "not_changeable")


@rolled_back
def test_a_lower_plan_is_planned_and_taken_back():
    person = a_person()
    subscription = paid(person.pk)
    client = client_of(person)
    path = f"subscriptions/{subscription.pk}/change"
    planned = post(client, path, {"price": "basic-eur-month"}).json()
    assert (planned["price"]["plan"], planned["next_price"]["plan"]) == ("pro", "basic")
    assert post(client, path, {"price": "pro-eur-month"}).json()["next_price"] is None
    assert refusal(post(client, path, {"price": "basic-usd-month"})) == (422, "other_currency")


@rolled_back
def test_a_higher_plan_counts_once_it_is_paid():
    person = a_person()
    subscription = paid(person.pk, price="basic-eur-month")
    client = client_of(person)
    changed = post(client, f"subscriptions/{subscription.pk}/change", {"price": "pro-eur-month"}).json()
    assert changed["price"]["plan"] == "basic"
    (waiting,) = client.get(f"{V1}/invoices?status=open").json()["results"]
    assert waiting["reason"] == "subscription_update"
    assert {line["kind"] for line in waiting["lines"]} == {"unused_time", "remaining_time"}
    pay_for(subscription)
    assert client.get(f"{V1}/subscriptions/{subscription.pk}").json()["price"]["plan"] == "pro"


@rolled_back
def test_invoices_are_read_and_printed():
    person = a_person(name="Ada Lovelace")
    subscription = paid(person.pk)
    client = client_of(person)
    (invoice,) = client.get(f"{V1}/invoices").json()["results"]
    assert (invoice["number"], invoice["status"], invoice["total"]) == ("INV-000001", "paid", "49.00")
    assert (invoice["subtotal"], invoice["tax"]) == ("41.18", "7.82")
    assert [share["percentage"] for share in invoice["total_taxes"]] == ["19"]
    assert invoice["subscription_id"] == str(subscription.pk)
    answer = client.get(f"{V1}/invoices/{invoice['id']}/pdf", headers={"Accept": "application/pdf"})
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert "INV-000001" in text
    assert "Ada Lovelace" in text


@rolled_back
def test_nobody_reads_prints_or_pays_what_is_anothers():
    subscription = begun(a_person().pk)
    invoice = Invoice.objects.get(subscription=subscription)
    stranger = client_of(a_person())
    for path in (f"subscriptions/{subscription.pk}", f"invoices/{invoice.pk}", f"invoices/{invoice.pk}/pdf"):
        assert stranger.get(f"{V1}/{path}").status_code == 404, path
    for path in (f"subscriptions/{subscription.pk}/resume", f"invoices/{invoice.pk}/pay"):
        assert post(stranger, path).status_code == 404, path


@rolled_back
def test_a_paid_invoice_is_not_paid_again():
    person = a_person()
    paid(person.pk)
    invoice = Invoice.objects.get(customer__user_id=person.pk)
    assert post(client_of(person), f"invoices/{invoice.pk}/pay").status_code == 409
    assert Payment.objects.filter(invoice=invoice).count() == 1


@rolled_back
def test_an_open_invoice_leads_to_one_page_however_often_it_is_asked_for():
    person = a_person()
    invoice = Invoice.objects.get(subscription=begun(person.pk))
    client = client_of(person)
    links = {post(client, f"invoices/{invoice.pk}/pay").json()["checkout_url"].split(":")[1] for _ in range(3)}
    assert len(links) == 1
    assert Payment.objects.filter(invoice=invoice).count() == 1


@rolled_back
def test_the_card_that_pays_stays_until_another_does():
    person = a_person()
    history(person.pk, subscriptions=2)
    client = client_of(person)
    cards = {card["last4"]: card for card in client.get(f"{V1}/payment-methods").json()["results"]}
    assert {last4: card["is_default"] for last4, card in cards.items()} == {"4242": False, "4243": True}
    old, new = (f"payment-methods/{cards[last4]['id']}" for last4 in ("4242", "4243"))
    assert refusal(client.delete(f"{V1}/{new}")) == (409, "payment_method_in_use")
    assert post(client, f"{old}/default").json()["is_default"] is True
    assert client.delete(f"{V1}/{new}").status_code == 204
    assert [card["last4"] for card in client.get(f"{V1}/payment-methods").json()["results"]] == ["4242"]
    assert client.get(f"{V1}/{new}").status_code == 404
    assert client.get(f"{V1}/payments").json()["results"][0]["payment_method"]["last4"] == "4243"


@rolled_back
def test_a_deleted_card_is_forgotten_at_the_provider_by_a_task_that_may_come_twice(monkeypatch):
    person = a_person()
    (subscription,) = history(person.pk, subscriptions=1)
    client = client_of(person)
    post(client, f"subscriptions/{subscription.pk}/cancel", {"at_period_end": False})
    card = card_of(person.pk)
    assert client.delete(f"{V1}/payment-methods/{card.pk}").status_code == 204
    assert asked("payments.detach_method") == [f'["{card.pk}"]']
    assert Customer.objects.get(user_id=person.pk).default_method is None
    forgotten = []
    monkeypatch.setattr("apps.payments.services.collecting.methods.the_provider", lambda: _Forgetful(forgotten))
    for _ in range(2):
        detach_method(card.pk)
    assert forgotten == [card.provider_method_id] * 2


class _Forgetful:
    """A provider who notes what it is told to forget."""

    def __init__(self, forgotten):
        self.detach_method = forgotten.append


@rolled_back
def test_another_default_card_pays_what_is_open():
    person = a_person()
    history(person.pk, subscriptions=2)
    invoice = renewal_declined(Subscription.objects.get(customer__user_id=person.pk, status="active"))
    planned = invoice.next_attempt_at
    old = PaymentMethod.objects.get(customer__user_id=person.pk, last4="4242")
    before = len(asked("payments.retry_due"))
    prefer_method(person.pk, old.pk, at=billing_now())
    invoice.refresh_from_db()
    assert invoice.next_attempt_at < planned
    assert len(asked("payments.retry_due")) == before + 1


@rolled_back
def test_where_somebody_lives_counts_from_the_next_invoice_on():
    person = a_person()
    paid(person.pk)
    client = client_of(person)
    assert client.get(f"{V1}/billing").json()["country"] == "DE"
    moved = client.patch(f"{V1}/billing", {"country": "AT"}, format="json").json()
    assert (moved["country"], moved["default_payment_method"]["last4"]) == ("AT", "4242")
    assert Invoice.objects.get(customer__user_id=person.pk).country == "DE"


@rolled_back
def test_a_stranger_to_billing_has_nothing_and_reading_stores_nothing():
    person = a_person()
    told = client_of(person).get(f"{V1}/billing").json()
    assert told == {"country": "", "balances": [], "default_payment_method": None}
    assert not Customer.objects.filter(user_id=person.pk).exists()


@rolled_back
def test_what_is_owed_stands_in_the_balance_and_never_becomes_cash():
    person = a_person()
    subscription = paid(person.pk, price="basic-eur-year")
    client = client_of(person)
    changed = post(client, f"subscriptions/{subscription.pk}/change", {"price": "pro-eur-month"}).json()
    assert changed["price"]["lookup_key"] == "pro-eur-month"
    (credit,) = client.get(f"{V1}/invoices?page_size=1").json()["results"]
    assert (credit["amount_due"], credit["status"]) == ("0.00", "paid")
    owed = -Decimal(credit["total"])
    assert owed > 0
    assert client.get(f"{V1}/billing").json()["balances"] == [{"amount": f"{owed:.2f}", "currency": "EUR"}]


@rolled_back
@pytest.mark.parametrize(
    "token", ["nonsense", "eyJwYXltZW50IjoiMSJ9:1vM:c2ln", "x" * 2000], ids=["none", "forged", "long"]
)
def test_a_link_that_is_not_ours_leads_nowhere(client, token):
    answer = client.get(f"/checkout/{token}")
    assert answer.status_code == 404
    assert "There is no such checkout" in answer.content.decode()
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")


@rolled_back
def test_a_link_leads_to_the_providers_page_once_the_provider_was_asked(client):
    subscription = begun(a_person().pk)
    payment = Payment.objects.get(invoice__subscription=subscription)
    link = "/checkout/" + checkout_link(subscription).rpartition("/checkout/")[2]
    first, second = client.get(link), client.get(link)
    payment.refresh_from_db()
    assert payment.intent_id
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"] == payment.page_url
    assert (first["Cache-Control"], first["Referrer-Policy"]) == ("no-store", "no-referrer")

"""Without a frontend our own pages stand where its pages would: no link of a checkout or a mail leads nowhere."""

from html import unescape
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from apps.payments.models import Payment
from apps.payments.services import card_link, page_behind
from tests.support.billing import a_payer, checkout_begun
from tests.support.billing import tell as ask_provider
from tests.support.checkout import DECLINED_CARD, pay
from tests.support.people import an_address

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments"])]

NOBODYS = "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11"
PAGES = ["/", "/billing", "/verify-email/MQ:key", "/reset-password", "/reset-password/1-key", "/sign-up"]


@pytest.fixture
def browser() -> Client:
    return Client(REMOTE_ADDR=an_address())


def returned_to(browser: Client, page: str) -> str:
    """Follow a finished checkout back to us, as its page does by itself."""
    shown = browser.get(urlsplit(page).path).content.decode()
    link = unescape(shown.partition('class="button" href="')[2].partition('"')[0])
    assert link.startswith("http://127.0.0.1:3000/billing")
    where = urlsplit(link)
    answer = browser.get(f"{where.path}?{where.query}")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode()


def test_whoever_has_paid_is_told_so(browser: Client) -> None:
    payment = Payment.objects.get(invoice__subscription=checkout_begun(a_payer()))
    pay(payment.page_url)
    ask_provider(payment.pk)
    told = returned_to(browser, payment.page_url)
    assert '<h1 role="status">Paid</h1>' in told
    assert "Pro, 49.00 EUR" in told
    assert "refresh" not in told
    assert 'href="/api/docs/"' in told


def test_whoever_was_declined_is_told_so_and_led_back(browser: Client) -> None:
    payment = Payment.objects.get(invoice__subscription=checkout_begun(a_payer()))
    pay(payment.page_url, card=DECLINED_CARD)
    ask_provider(payment.pk)
    told = browser.get(f"/billing?payment={payment.pk}").content.decode()
    assert "Declined" in told
    assert payment.page_url in told


def test_until_we_have_heard_the_page_looks_again(browser: Client) -> None:
    payment = Payment.objects.get(invoice__subscription=checkout_begun(a_payer()))
    pay(payment.page_url)
    told = returned_to(browser, payment.page_url)
    assert "Not paid yet" in told
    assert '<meta http-equiv="refresh" content="2">' in told


def test_whoever_begins_a_trial_is_told_so(browser: Client) -> None:
    subscription = checkout_begun(a_payer(), trial=True)
    told = browser.get(f"/billing?subscription={subscription.pk}").content.decode()
    assert "No card was added yet" in told
    assert "Pro, 49.00 EUR" in told


def test_whoever_has_added_a_card_is_told_what_it_is_for(browser: Client) -> None:
    page = page_behind(card_link(a_payer().pk, nonce="one").rpartition("/")[2])
    pay(page)
    assert "A card that was added pays from the next invoice on" in returned_to(browser, page)


def test_a_key_of_a_mail_is_in_the_request_that_it_is_for(browser: Client) -> None:
    told = unescape(browser.get("/verify-email/MQ:key").content.decode())
    assert "http://127.0.0.1:3000/api/v1/auth/app/v1/auth/email/verify" in told
    assert '"key": "MQ:key"' in told


@pytest.mark.parametrize("query", ["payment=7", f"payment={NOBODYS}", f"subscription={NOBODYS}"])
def test_what_was_never_begun_has_no_outcome(browser: Client, query: str) -> None:
    assert browser.get(f"/billing?{query}").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_a_configured_frontend_has_these_pages_and_we_do_not(browser: Client, settings: Settings, path: str) -> None:
    assert browser.get(path, follow=True).status_code == 200
    settings.TREUM_FRONTEND_URL = "https://app.treum.example"
    assert browser.get(path).status_code == 404


def test_a_configured_frontend_is_returned_to(settings: Settings, browser: Client) -> None:
    settings.TREUM_FRONTEND_URL = "https://app.treum.example"
    payment = Payment.objects.get(invoice__subscription=checkout_begun(a_payer()))
    shown = unescape(browser.get(urlsplit(payment.page_url).path).content.decode())
    assert f'href="https://app.treum.example/billing?payment={payment.pk}"' in shown

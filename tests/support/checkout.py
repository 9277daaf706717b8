"""Pay on the sandbox's page, as a browser without scripts would."""

import re
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from tests.support.people import an_address

GOOD_CARD = "4242424242424242"
MASTERCARD = "5555555555554444"
DECLINED_CARD = "4000000000000002"
NO_FUNDS = "4000000000009995"
DECLINED_LATER = "4000000000000341"
ONCE_3DS = "4000002500003155"
ALWAYS_3DS = "4000002760003184"
REFUNDED_LATER = "4000000000007726"
NEVER_REFUNDED = "4000000000005126"


def pay(page_url: str, *, card: str = GOOD_CARD, agreed: bool = True) -> HttpResponse:
    """Enter a card on a page, give the bank's answer where it is asked for, and return the page that follows."""
    browser = Client(enforce_csrf_checks=True, REMOTE_ADDR=an_address())
    page = browser.get(_path(page_url))
    form = {"do": "pay", "number": card, "expiry": "12/39", "cvc": "123"}
    page = send(browser, page_url, page, form)
    if "Your bank asks" in page.content.decode():
        page = send(browser, page_url, page, {"do": "confirm" if agreed else "refuse"})
    return page


def confirm(page_url: str, *, agreed: bool = True) -> HttpResponse:
    """Give the bank's answer on a page, and return the page that follows."""
    browser = Client(enforce_csrf_checks=True, REMOTE_ADDR=an_address())
    page = browser.get(_path(page_url))
    return send(browser, page_url, page, {"do": "confirm" if agreed else "refuse"})


def send(browser: Client, page_url: str, page: HttpResponse, form: dict[str, str]) -> HttpResponse:
    """Send a page's form, and follow to the page after it."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    token = found[1] if found else ""
    return browser.post(_path(page_url), {**form, "csrfmiddlewaretoken": token}, follow=True)


def _path(url: str) -> str:
    return urlsplit(url).path

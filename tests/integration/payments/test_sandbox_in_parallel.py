"""Several who press the button at once, each on a connection of their own."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from apps.kernel.ids import uuid7
from apps.payments.adapters.sandbox.payouts import pay_out
from apps.payments.adapters.sandbox.provider import SandboxProvider
from apps.payments.apps import DATABASE
from tests.integration.payments.provider_suite import AMOUNT, begun
from tests.support.checkout import GOOD_CARD
from tests.support.snapshots import Snapshot

pytestmark = pytest.mark.integration


def test_two_who_pay_at_once_pay_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    provider, person = SandboxProvider(), uuid7()

    def press(page: str) -> int:
        try:
            return Client().post(page, {"number": GOOD_CARD, "expiry": "12/39", "cvc": "123"}).status_code
        finally:
            connections.close_all()

    with django_db_blocker.unblock(), Snapshot(DATABASE):
        payer = provider.create_customer(key="c", customer_id=person, email="payer@example.com")
        intent = begun(provider, payer, uuid7())
        page = "/sandbox/" + (intent.page_url or "").partition("/sandbox/")[2]
        with ThreadPoolExecutor(8) as people:
            assert set(people.map(press, [page] * 8)) == {303}
        (payout,) = pay_out()
        assert payout.amount == AMOUNT - Decimal("1.72")

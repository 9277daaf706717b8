"""No list asks a query for each of its rows: generated from the table of addresses, so that a new list is included."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.kernel.gateway.policy import Who, rules_of
from apps.kernel.gateway.scopes import Scope
from apps.notifications.handlers import tell_traders
from apps.payments.models import Subscription
from apps.payments.services import billing_now, cancel_subscription
from apps.trading import services as trading
from apps.users.enums import ActivityKind
from apps.users.models import Activity
from apps.users.services import create_key
from tests.support.belongings import belongings, published, traded
from tests.support.payers import history
from tests.support.people import client_of
from tests.support.routes import routes
from tests.support.trades import a_fill, sealed

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases="__all__")]

MORE = 3
ONE_AT_A_TIME = {"export-list", "strategy-list"}
"""Of these a person, or the house, has one here."""
NEEDS = {"candle-list": {"symbol": "WALK-USDT", "timeframe": "1h"}}

LISTS = [route for route in routes() if route.name.endswith("-list") and rules_of(route.name)["GET"].who is Who.USER]


@pytest.fixture
def client(tmp_path):
    """A client of a person who has several things of each kind."""
    for number in range(MORE):
        published(tmp_path, symbol=f"WALK{number}-USDT")
    published(tmp_path)
    person = belongings().person
    (running,) = Subscription.objects.filter(customer__user_id=person.pk)
    cancel_subscription(person.pk, running.pk, at_period_end=False, at=billing_now())
    history(person.pk, subscriptions=MORE)
    for number in range(MORE):
        (account,) = trading.open_accounts([trading.NewAccount(person.pk, f"No. {number}", "USDT", Decimal(10_000))])
        traded(account)
        tell_traders(sealed(a_fill(person.pk)))
        create_key(person.pk, name=f"Robot {number}", scopes=[Scope.ACCOUNT_READ])
        secrets = trading.Secrets(key="key-1", secret="secret-1")
        trading.keep_credential(person.pk, venue="kraken", label=f"No. {number}", secrets=secrets)
        Activity.objects.create(user=person, kind=ActivityKind.LOGIN, source_id=str(number), summary="Logged in")
    return client_of(person, proved=True)


def test_lists_are_found():
    assert len(LISTS) >= 12


def test_more_rows_are_no_more_queries(client):
    for route in LISTS:
        few, many = (asked(client, route, page_size) for page_size in (1, 50))
        assert few[0] == many[0], f"{route.name}: {few[0]} queries for one row, {many[0]} for {many[1]}"
        assert many[1] > 1 or route.name in ONE_AT_A_TIME, f"{route.name} has {many[1]} rows to show with"


def asked(client, route, page_size):
    """Return how many queries a page takes, and how many rows it has."""
    contexts = [CaptureQueriesContext(connections[alias]) for alias in settings.DATABASES]
    for context in contexts:
        context.__enter__()
    try:
        answer = client.get(route.path, {**NEEDS.get(route.name, {}), "page_size": page_size})
    finally:
        for context in contexts:
            context.__exit__(None, None, None)
    assert answer.status_code == 200, f"{route.name}: {answer.content.decode()}"
    return sum(len(context) for context in contexts), len(answer.json()["results"])

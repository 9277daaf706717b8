"""What people did is remembered once, shown to them alone, and forgotten after a year."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.contracts.events.payments import PaymentCompleted
from apps.contracts.events.trading import FollowEnded, FollowStarted
from apps.contracts.events.users import UserLoggedIn
from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.users import handlers
from apps.users.models import Activity, User
from apps.users.services import activity as service
from apps.users.services import prune_activity
from tests.support.events import AT, sealed
from tests.support.people import a_person, client_of, nobody
from workers.schedule import BEAT

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

ACTIVITY = "/api/v1/me/activity"


def login_of(person_id):
    return sealed(UserLoggedIn(user_id=person_id, login_id=uuid7(), logged_in_at=AT))


def follow_of(person_id, kind=FollowStarted):
    return sealed(kind(follow_id=42, account_id=17, user_id=person_id, strategy_id=3, strategy="sma_cross_20_50"))


def payment_of(person_id, amount="49.00", currency="EUR"):
    return sealed(
        PaymentCompleted(
            payment_id=uuid7(),
            invoice_id=uuid7(),
            invoice_number="INV-000042",
            user_id=person_id,
            amount=Decimal(amount),
            currency=currency,
            completed_at=AT,
        )
    )


def shown(person, **query):
    return client_of(person).get(ACTIVITY, query).json()["results"]


def test_each_kind_of_deed_is_told_in_words():
    person = a_person()
    login, follow = login_of(person.pk), follow_of(person.pk)
    handlers.remember_deeds([login, follow, follow_of(person.pk, FollowEnded), payment_of(person.pk)])
    assert [(deed["kind"], deed["summary"]) for deed in shown(person)] == [
        ("purchase", "Paid 49.00 EUR for invoice INV-000042"),
        ("unfollow", "Stopped following sma_cross_20_50 with account 17"),
        ("follow", "Followed sma_cross_20_50 with account 17"),
        ("login", "Logged in"),
    ]


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [("49", "EUR", "49.00 EUR"), ("1200.000000", "JPY", "1200 JPY"), ("4.9", "BHD", "4.900 BHD")],
)
def test_an_amount_has_the_places_of_its_currency(amount, currency, words):
    person = a_person()
    handlers.remember_deeds([payment_of(person.pk, amount, currency)])
    assert shown(person)[0]["summary"] == f"Paid {words} for invoice INV-000042"


def test_a_deed_told_twice_late_or_out_of_order_is_remembered_once_at_its_own_time():
    person, other = a_person(), a_person()
    login, follow = login_of(person.pk), follow_of(other.pk)
    handlers.remember_deeds([follow, login, login])
    handlers.remember_deeds([login])
    assert Activity.objects.count() == 2
    deed = Activity.objects.get(user=person)
    assert deed.at == login.time
    assert len(shown(other)) == 1


def test_strangers_and_the_erased_are_passed_over_and_take_nobody_with_them():
    person, erased = a_person(), a_person()
    User.objects.filter(pk=erased.pk).update(erased_at=now())
    handlers.remember_deeds([login_of(nobody()), login_of(erased.pk), login_of(person.pk)])
    assert list(Activity.objects.values_list("user", flat=True)) == [person.pk]


def test_any_number_of_deeds_is_one_statement():
    people = [a_person() for _ in range(3)]
    with CaptureQueriesContext(connections["default"]) as queries:
        handlers.remember_deeds([login_of(person.pk) for person in people for _ in range(50)])
    assert len([query for query in queries if "INSERT" in query["sql"]]) == 1
    assert Activity.objects.count() == 150


def test_a_page_of_deeds_takes_as_many_queries_for_one_as_for_many():
    person, counts = a_person(), []
    client = client_of(person)
    for deeds in (1, 9):
        handlers.remember_deeds([login_of(person.pk) for _ in range(deeds)])
        with CaptureQueriesContext(connections["default"]) as queries:
            page = client.get(ACTIVITY, {"page_size": 6}).json()
        counts.append(len(queries))
    assert counts == [2, 2]
    assert len(client.get(page["next"]).json()["results"]) == 4


def test_what_is_older_than_a_year_is_forgotten_in_bounded_steps(settings, monkeypatch):
    person = a_person()
    handlers.remember_deeds([login_of(person.pk) for _ in range(6)])
    old = Activity.objects.order_by("id")[:5].values("pk")
    Activity.objects.filter(pk__in=old).update(at=now() - timedelta(days=366))
    monkeypatch.setattr("apps.kernel.retention.STEP", 2)
    with CaptureQueriesContext(connections["default"]) as queries:
        assert prune_activity() == 5
    assert len([query for query in queries if "DELETE" in query["sql"]]) == 3
    assert (len(shown(person)), prune_activity()) == (1, 0)
    settings.TREUM_ACTIVITY_KEEP_DAYS = 0
    assert service.prune_activity() == 1


def test_pruning_stands_in_the_beat_table():
    assert "users.prune_activity" in {entry["task"] for entry in BEAT.values()}

"""People stand as payments last stated it, in whatever order and however often that is heard."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from apps.contracts.events.users import UserSubscriptionChanged
from apps.kernel.events import codec
from apps.kernel.inbox.handling import handle
from apps.kernel.outbox.models import OutboxMessage
from apps.users.enums import StandingStatus
from apps.users.handlers import remember_subscriptions
from apps.users.models import Standing, User
from apps.users.services import change_standing, erase_person
from tests.support.events import AT, sealed, subscription
from tests.support.fates import die_in, points_of
from tests.support.messaging import arrived, inbox
from tests.support.people import a_person, client_of, nobody
from tests.support.snapshots import Snapshot

pytestmark = [pytest.mark.integration]
in_one_transaction = pytest.mark.django_db

FREE = {"plan": "free", "features": {"signals.realtime": False}, "current_period_end": None, "valid_until": None}
ACTIVE, CANCELED = {"status": "active"}, {"status": "canceled", **FREE}
STORY = [
    {"status": None, "subscription_id": None, "subscription_version": None, **FREE},
    {"status": "incomplete", **FREE},
    {"status": "active"},
    {"status": "past_due"},
    {"status": "canceled", **FREE},
]


def hear(*events):
    remember_subscriptions([sealed(event) for event in events])


def told():
    rows = OutboxMessage.objects.using("default").filter(name="user.subscription.changed").order_by("id")
    envelopes = [
        event for row in rows for event in codec.decode(row.body.encode(), content_type=codec.BATCH_CONTENT_TYPE)
    ]
    return [event.data for event in envelopes]


def standing(person):
    return Standing.objects.get(pk=person.pk)


@in_one_transaction
def test_what_payments_states_is_how_a_person_stands_and_is_told_to_everyone():
    person = a_person()
    stated = subscription(person.pk, 4, cancel_at_period_end=True)
    hear(stated)
    assert told() == [
        UserSubscriptionChanged(
            user_id=person.pk,
            standing_version=1,
            plan="pro",
            status="active",
            features=stated.features,
            valid_until=stated.valid_until,
            current_period_end=AT,
            cancel_at_period_end=True,
        )
    ]
    assert client_of(person).get("/api/v1/me").json()["standing"] == {
        "plan": "pro",
        "status": "active",
        "features": {"signals.realtime": True, "trading.max_follows": 100},
        "valid_until": "2024-05-15T12:00:00Z",
        "current_period_end": "2024-05-01T12:00:00Z",
        "cancel_at_period_end": True,
    }


@in_one_transaction
@pytest.mark.parametrize("status", [status for status in StandingStatus if status != StandingStatus.NONE])
def test_every_status_of_a_subscription_can_be_stood_in(status):
    person = a_person()
    hear(subscription(person.pk, status=status.value))
    assert standing(person).status == status


@in_one_transaction
def test_whoever_has_no_subscription_has_the_status_none():
    person = a_person()
    hear(subscription(person.pk, **STORY[0]))
    assert (standing(person).status, standing(person).plan) == ("none", "free")


@in_one_transaction
def test_a_statement_heard_twice_is_told_once():
    person = a_person()
    hear(subscription(person.pk), subscription(person.pk))
    hear(subscription(person.pk))
    assert [event.standing_version for event in told()] == [1]


@in_one_transaction
def test_a_late_statement_undoes_nothing():
    person = a_person()
    hear(subscription(person.pk, 5, **CANCELED))
    hear(subscription(person.pk, 4, **ACTIVE))
    assert (standing(person).status, standing(person).payments_version) == ("canceled", 5)
    assert len(told()) == 1


@in_one_transaction
def test_another_body_under_a_known_version_is_not_believed():
    person = a_person()
    hear(subscription(person.pk, 5, **CANCELED))
    hear(subscription(person.pk, 5, **ACTIVE))
    assert standing(person).status == "canceled"


@in_one_transaction
def test_in_whatever_order_a_story_is_heard_it_ends_the_same():
    for order in random.Random(7).sample(list(permutations(range(len(STORY)))), 40):
        person = a_person()
        for number in order:
            hear(subscription(person.pk, number + 1, **STORY[number]))
        assert (standing(person).status, standing(person).payments_version) == ("canceled", 5)
        versions = [event.standing_version for event in told() if event.user_id == person.pk]
        assert versions == list(range(1, len(versions) + 1))
        assert standing(person).version == len(versions)


@in_one_transaction
def test_a_batch_counts_by_its_newest_and_takes_as_many_statements_as_one_event():
    one, people = a_person(), [a_person() for _ in range(40)]
    with CaptureQueriesContext(connections["default"]) as few:
        hear(subscription(one.pk))
    shuffled = [subscription(person.pk, version, **STORY[version - 1]) for person in people for version in (3, 1, 2)]
    random.Random(7).shuffle(shuffled)
    with CaptureQueriesContext(connections["default"]) as many:
        hear(*shuffled)
    assert len(many) == len(few)
    assert Counter(event.user_id for event in told()) == Counter([one.pk, *(person.pk for person in people)])
    assert {event.status for event in told()} == {"active"}


@in_one_transaction
def test_a_newer_statement_of_the_same_is_remembered_and_told_to_nobody():
    person = a_person()
    hear(subscription(person.pk, 1))
    before = standing(person)
    hear(subscription(person.pk, 2))
    after = standing(person)
    assert (after.version, after.payments_version, after.changed_at) == (1, 2, before.changed_at)
    assert len(told()) == 1


@in_one_transaction
def test_a_renewal_moves_the_end_and_is_told():
    person = a_person()
    hear(subscription(person.pk, 1))
    hear(subscription(person.pk, 2, current_period_end=AT + timedelta(days=31), valid_until=AT + timedelta(days=45)))
    assert [event.standing_version for event in told()] == [1, 2]


@in_one_transaction
def test_a_checkout_that_was_begun_takes_nothing_away_that_was_given():
    person = a_person()
    change_standing([person.pk], plan="pro", features={"signals.realtime": True})
    for version, status in enumerate(("incomplete", "incomplete_expired", "incomplete"), start=1):
        hear(subscription(person.pk, version, status=status, **FREE))
        assert standing(person).plan == "pro"
    hear(subscription(person.pk, 4, **ACTIVE))
    hear(subscription(person.pk, 5, **CANCELED))
    assert standing(person).plan == "free"


@in_one_transaction
def test_what_seeds_gave_stays_until_payments_states_more():
    person = a_person()
    hear(subscription(person.pk, 3, **CANCELED))
    change_standing([person.pk], plan="pro", features={"trading.live": True})
    hear(subscription(person.pk, 3, **CANCELED), subscription(person.pk, 2, **ACTIVE))
    assert (standing(person).plan, standing(person).payments_version) == ("pro", 3)
    hear(subscription(person.pk, 4, **CANCELED))
    assert (standing(person).plan, standing(person).version) == ("free", 3)
    assert [event.standing_version for event in told()] == [1, 2, 3]


@in_one_transaction
def test_the_erased_are_passed_over_and_take_nobody_with_them():
    erased, person = a_person(), a_person()
    erase_person(erased.pk)
    with capture_logs() as logs:
        hear(subscription(erased.pk), subscription(person.pk))
    assert list(Standing.objects.values_list("pk", flat=True)) == [person.pk]
    assert [event.user_id for event in told()] == [person.pk]
    assert [log["event"] for log in logs if log["log_level"] == "error"] == []


@in_one_transaction
def test_a_statement_about_nobody_is_an_error_in_the_log_and_the_others_count():
    stranger, person = nobody(), a_person()
    with capture_logs() as logs:
        hear(subscription(stranger), subscription(person.pk))
    assert list(Standing.objects.values_list("pk", flat=True)) == [person.pk]
    (line,) = [log for log in logs if log["log_level"] == "error"]
    assert (line["event"], line["people"]) == ("standing.of_nobody", [str(stranger)])


@pytest.fixture
def somebody(messaging):
    person = a_person()
    yield person
    User.objects.filter(pk=person.pk).delete()


def in_a_thread(deed):
    try:
        deed()
    finally:
        connections.close_all()


def test_of_many_statements_at_once_the_newest_stands_and_each_change_has_a_version(somebody):
    statements = [
        subscription(somebody.pk, version, features={"trading.max_follows": version}) for version in range(1, 25)
    ]
    random.Random(7).shuffle(statements)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(in_a_thread, lambda one=one: hear(one)) for one in statements]:
            done.result()
    assert standing(somebody).features == {"trading.max_follows": 24}
    versions = sorted(event.standing_version for event in told())
    assert versions == list(range(1, len(versions) + 1))
    newest = max(told(), key=lambda event: event.standing_version)
    assert newest.features == {"trading.max_follows": 24}


def test_whoever_is_erased_meanwhile_stands_nowhere(somebody):
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        erase_person(somebody.pk)
        heard = pool.submit(in_a_thread, lambda: hear(subscription(somebody.pk)))
        with pytest.raises(TimeoutError):
            heard.result(timeout=0.5)
        transaction.on_commit(lambda: heard.result(timeout=10))
    assert not Standing.objects.filter(pk=somebody.pk).exists()
    assert told() == []


def test_dying_at_any_write_of_a_statement_changes_nothing(somebody):
    change_standing([somebody.pk], plan="free", features={})
    stated = sealed(subscription(somebody.pk))
    ids = arrived(stated, handler=remember_subscriptions, queue="users.events", using="default")

    def deed():
        handle(remember_subscriptions, ids, using="default")

    with Snapshot("default") as beginning:
        points = points_of(deed, using="default")
        assert "after commit" in points
        for number in range(1, len(points) + 1):
            beginning.restore()
            die_in(deed, using="default", fatal=number)
            deed()
            assert (standing(somebody).plan, standing(somebody).version) == ("pro", 2)
            assert [event.standing_version for event in told()] == [1, 2]
            assert [row.status for row in inbox("default")] == ["done"]


def test_two_workers_with_the_same_statement_make_one_change(somebody):
    ids = [
        arrived(
            sealed(subscription(somebody.pk)), handler=remember_subscriptions, queue="users.events", using="default"
        )
        for _ in range(2)
    ]
    with ThreadPoolExecutor(2) as pool:
        deeds = [
            pool.submit(in_a_thread, lambda rows=rows: handle(remember_subscriptions, rows, using="default"))
            for rows in ids
        ]
        for deed in deeds:
            deed.result()
    assert [event.standing_version for event in told()] == [1]

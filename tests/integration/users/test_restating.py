"""Standings are stated once more for whoever has not heard of them, and nobody else notices."""

from io import StringIO

import pytest
from django.core.management import call_command

from apps.education import handlers as education
from apps.education.models import Entitlement as EducationEntitlement
from apps.kernel.events import codec
from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.seeds import PLANS
from apps.signals import handlers as signals
from apps.signals.models import Entitlement as SignalsEntitlement
from apps.trading import handlers as trading
from apps.trading.models import Entitlement as TradingEntitlement
from apps.users.models import User
from apps.users.services import change_standing, create_users, restate_standings, restating

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "education", "signals", "trading"])]

HANDLERS = (signals.update_entitlement, trading.update_entitlement, education.update_entitlement)
COPIES = (SignalsEntitlement, TradingEntitlement, EducationEntitlement)


@pytest.fixture
def people(monkeypatch):
    """Five people on a plan that nobody else has heard of, two to a page."""
    monkeypatch.setattr(restating, "PEOPLE_PER_PAGE", 2)
    people = sorted(create_users([f"person{number}@seed.example" for number in range(5)]))
    change_standing(people, plan="basic", features=PLANS["basic"]["features"])
    change_standing(people[:1], plan="pro", features=PLANS["pro"]["features"])
    OutboxMessage.objects.using("default").all().delete()
    return people


def told():
    """Return what was recorded, in order."""
    rows = OutboxMessage.objects.using("default").order_by("id")
    return [one for row in rows for one in codec.decode(row.body, content_type=codec.BATCH_CONTENT_TYPE)]


def versions(copy):
    return {entitlement.pk: entitlement.standing_version for entitlement in copy.objects.all()}


def test_whoever_has_not_heard_of_a_standing_learns_it_and_the_others_nothing(people):
    assert [count for count, _ in restate_standings()] == [2, 2, 1]
    events = told()
    assert [event.data.user_id for event in events] == people
    expected = dict.fromkeys(people, 1) | {people[0]: 2}
    for handler, copy in zip(HANDLERS, COPIES, strict=True):
        for _ in range(2):
            handler(events)
        assert versions(copy) == expected
    pro = SignalsEntitlement.objects.get(pk=people[0])
    assert (pro.realtime, TradingEntitlement.objects.get(pk=people[0]).features["trading.max_follows"]) == (True, 100)


def test_a_newer_standing_is_not_undone(people):
    list(restate_standings())
    late = told()
    change_standing(people, plan="free", features=PLANS["free"]["features"])
    newer = told()[len(late) :]
    for handler in HANDLERS:
        handler([*newer, *late])
        handler(late)
    assert set(EducationEntitlement.objects.values_list("tier", flat=True)) == {"free"}


def test_what_was_stated_before_it_died_stays_and_it_goes_on_from_there(people):
    pages = restate_standings()
    _, last = next(pages)
    pages.close()
    assert [event.data.user_id for event in told()] == people[:2]
    out = StringIO()
    call_command("restate_standings", after=last, stdout=out)
    assert [event.data.user_id for event in told()] == people
    assert out.getvalue().splitlines()[-1] == "All 3 standings are stated."
    assert f"--after {people[3]}" in out.getvalue()


def test_who_was_erased_is_stated_to_nobody(people):
    User.objects.filter(pk=people[2]).update(erased_at="2026-01-01T00:00:00Z")
    assert sum(count for count, _ in restate_standings()) == 4
    assert list(restate_standings(after=uuid7())) == []

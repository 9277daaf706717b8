"""Who sees what of signals, and how soon."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.kernel.clock import now
from apps.signals.models import Entitlement, Signal
from apps.signals.selectors import sight_of
from apps.signals.services import (
    advance_replay,
    remember_standings,
    revise_signal,
    score_outcomes,
    start_replay,
)
from tests.integration.signals.conftest import SYMBOL, run_to_end
from tests.support.entitlements import NewStanding, may_see
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "signals"])]

HOUR = timedelta(hours=1)


@pytest.fixture
def record(market):
    run_to_end(start_replay(SYMBOL, timeframe="1h", strategies=["donchian_20_10"]))
    score_outcomes()


@pytest.fixture
def open_buy(market):
    """Return a BUY that nothing has happened to."""
    replay = start_replay(SYMBOL, timeframe="1h", strategies=["macd_12_26_9"])
    while not Signal.objects.filter(type="BUY").exists():
        replay.state, replay.waiting_for = "running", []
        replay.save(update_fields=["state", "waiting_for"])
        advance_replay(replay.pk)
    return Signal.objects.get(type="BUY")


def seen(person, path="signals", **query):
    reply = client_of(person).get(f"/api/v1/{path}", query)
    assert reply.status_code == 200, reply.json()
    return reply.json()["results"]


def much_later(monkeypatch):
    monkeypatch.setattr("apps.signals.api.views.now", lambda: now() + HOUR + timedelta(minutes=1))


@pytest.mark.parametrize(
    "person",
    [
        pytest.param(lambda: may_see(a_person(), plan="free"), id="the free plan"),
        pytest.param(a_person, id="somebody of whom nothing was stated"),
        pytest.param(lambda: may_see(a_person(), plan="pro", until=now()), id="a standing that is over"),
    ],
)
def test_a_fresh_signal_is_nowhere_to_be_seen(record, person):
    viewer = person()
    fresh = Signal.objects.order_by("-bar_time").first()
    assert seen(viewer) == []
    assert seen(viewer, symbol=SYMBOL, strategy="donchian_20_10") == []
    assert client_of(viewer).get(f"/api/v1/signals/{fresh.pk}").status_code == 404
    (strategy,) = [one for one in seen(viewer, "strategies") if one["code"] == "donchian_20_10"]
    assert strategy["track_record"]["signals"] == 0


def test_an_hour_later_it_is_seen_without_its_levels_and_its_fate(record, monkeypatch):
    viewer = may_see(a_person(), plan="free")
    much_later(monkeypatch)
    rows = seen(viewer, type="BUY")
    assert len(rows) == Signal.objects.filter(type="BUY").count()
    for name in ("target", "stop_loss", "analysis", "status", "outcome", "decided_at", "hypothetical_return"):
        assert {row[name] for row in rows} == {None}
    assert not [one for row in rows for one in row["evidence"] if "ATR" in one["indicator"]]
    levels = {f"{signal.target:f}".rstrip("0") for signal in Signal.objects.filter(type="BUY")}
    text = client_of(viewer).get(f"/api/v1/signals/{rows[0]['id']}").content.decode()
    assert not [level for level in levels if level in text]


@pytest.mark.parametrize("query", [{"status": "active"}, {"outcome": "target_hit"}])
def test_what_is_not_seen_is_not_filtered_by(record, query):
    reply = client_of(may_see(a_person(), plan="free")).get("/api/v1/signals", query)
    assert (reply.status_code, reply.json()["type"]) == (403, "urn:treum:problem:not_in_plan")


def test_an_upgrade_shows_everything_at_once(record):
    viewer = may_see(a_person(), plan="free")
    assert seen(viewer) == []
    may_see(viewer, plan="pro", version=2)
    (newest, *_) = seen(viewer, type="BUY")
    assert newest["target"] is not None
    assert newest["analysis"]
    assert newest["status"]


def test_a_late_standing_changes_nothing():
    person = may_see(a_person(), plan="free", version=2)
    may_see(person, plan="pro", version=1)
    may_see(person, plan="pro", version=2)
    assert not sight_of(person.pk, at=now()).realtime


def test_of_several_standings_at_once_the_newest_is_kept():
    person = a_person()
    features = {"signals.realtime": True, "signals.targets": True}
    remember_standings([NewStanding(person.pk, 3, {}, None), NewStanding(person.pk, 2, features, None)])
    kept = Entitlement.objects.get(pk=person.pk)
    assert (kept.standing_version, kept.realtime, kept.targets) == (3, False, False)


@pytest.mark.parametrize("value", ["60", True, -1, 10**400, None])
def test_a_delay_that_is_none_is_the_longest(value, settings):
    person = a_person()
    remember_standings([NewStanding(person.pk, 1, {"signals.delay_minutes": value}, None)])
    assert sight_of(person.pk, at=now()).delay == timedelta(minutes=settings.TREUM_SIGNALS_DELAY_MINUTES)


def test_what_became_of_signals_is_counted_without_what_it_came_to(record, monkeypatch):
    viewer = may_see(a_person(), plan="free")
    much_later(monkeypatch)
    (strategy,) = seen(viewer, "strategies")
    track = strategy["track_record"]
    assert track["signals"] == Signal.objects.count()
    assert track["target_hit"] == Signal.objects.filter(outcome="target_hit").count() > 0
    assert (track["average_return"], track["hit_rate"] is None) == (None, False)


def test_a_correction_is_seen_as_late_as_a_signal_is(open_buy, monkeypatch):
    old = open_buy
    price = Decimal(round(old.price))
    revision = revise_signal(old.pk, target=price + 10, stop=price - 10, reason="A typo.")
    viewer = may_see(a_person(), plan="free")
    between = old.generated_at + (revision.generated_at - old.generated_at) / 2
    monkeypatch.setattr("apps.signals.api.views.now", lambda: between + HOUR)
    (before,) = [row for row in seen(viewer, type="BUY") if row["sequence"] == old.sequence]
    counted = seen(viewer, "strategies")[0]["track_record"]["signals"]
    monkeypatch.setattr("apps.signals.api.views.now", lambda: revision.generated_at + HOUR)
    after = [row for row in seen(viewer, type="BUY") if row["sequence"] == old.sequence]
    assert (before["id"], {row["id"] for row in after}) == (str(old.pk), {str(old.pk), str(revision.pk)})
    assert seen(viewer, "strategies")[0]["track_record"]["signals"] == counted

"""The kept answers of signals: the same with and without a cache, and forgotten when something in them changes."""

import json
from uuid import uuid4

import pytest
import redis
from django.conf import settings as configured
from django.contrib.admin.sites import site
from django.db import IntegrityError, connections
from django.test.utils import CaptureQueriesContext

from apps.kernel.caching import kept as caching
from apps.kernel.caching import shared
from apps.kernel.caching.kept import Keeper
from apps.kernel.events import codec
from apps.kernel.outbox.models import OutboxMessage
from apps.signals.handlers import SUBSCRIPTIONS
from apps.signals.models import Instrument, Strategy
from apps.signals.services import (
    advance_replay,
    ensure_instrument,
    ensure_strategy,
    save_strategy,
    score_outcomes,
    start_replay,
)
from tests.integration.signals.conftest import SYMBOL, run_to_end
from tests.support.entitlements import may_see
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "signals"])]

PATHS = ("strategies", "strategies?page_size=1", "instruments", f"instruments/{SYMBOL}")


@pytest.fixture
def client():
    return client_of(may_see(a_person()))


@pytest.fixture
def kept(settings, monkeypatch):
    """Switch caching on, in a process that keeps nothing yet."""
    settings.TREUM_CACHE_SECONDS = 30.0
    place, name_of = uuid4().hex, caching._name_of
    monkeypatch.setattr(caching, "_name_of", lambda group, *, using: f"{name_of(group, using=using)}:{place}")
    keeper = Keeper()
    monkeypatch.setattr(caching, "_keeper", keeper)
    yield keeper
    keeper.stop()
    server = redis.Redis.from_url(configured.REDIS_URL)
    server.unlink(*server.scan_iter(f"treum:kept:*:{place}", count=1000), "treum:kept:none")
    server.close()


@pytest.fixture
def record(market):
    run_to_end(start_replay(SYMBOL, timeframe="1h", strategies=["donchian_20_10", "sma_cross_20_50"]))


def answers(client):
    paths = [*PATHS, f"strategies/{Strategy.objects.order_by('pk').first().pk}"]
    return {path: client.get(f"/api/v1/{path}").content for path in paths}


def handle_what_was_told():
    """Hand the events on record to their handlers, as relay, intake and worker do."""
    for row in OutboxMessage.objects.using("signals").order_by("id"):
        content_type = codec.BATCH_CONTENT_TYPE if row.event_count > 1 else codec.EVENT_CONTENT_TYPE
        for subscription in SUBSCRIPTIONS:
            if subscription.event.event_type == row.name and subscription.context == "signals":
                subscription.handler(codec.decode(row.body.encode(), content_type=content_type))
    OutboxMessage.objects.using("signals").all().delete()


def test_answers_are_the_same_with_the_cache_on_and_off_and_without_redis(client, record, kept, settings, monkeypatch):
    first, second = answers(client), answers(client)
    settings.TREUM_CACHE_SECONDS = 0.0
    off = answers(client)
    settings.TREUM_CACHE_SECONDS = 30.0

    def away(ask):
        raise redis.exceptions.ConnectionError("away")

    monkeypatch.setattr(shared, "quickly", away)
    monkeypatch.setattr(caching, "_keeper", Keeper())
    assert first == second == off == answers(client)
    assert json.loads(off["strategies"])["results"][0]["track_record"]["signals"] > 0


def test_what_is_kept_is_answered_when_it_is_known_who_may_see_it(client, record, kept):
    first = answers(client)
    with CaptureQueriesContext(connections["signals"]) as queries:
        again = {path: client.get(f"/api/v1/{path}").content for path in first}
    assert again == first
    assert {query["sql"].split('"')[1] for query in queries} <= {"signals_entitlement"}


def test_what_is_kept_for_one_is_not_shown_to_another_who_sees_less(client, record, kept):
    score_outcomes()
    free = client_of(may_see(a_person(), plan="free"))
    for viewers in ((client, free), (free, client)):
        tracks = {viewer: _shown(viewer, "strategies")[0]["track_record"] for viewer in viewers}
        assert (tracks[free]["signals"], tracks[free]["average_return"]) == (0, None)
        assert tracks[client]["signals"] > 0
        assert tracks[client]["average_return"] is not None
        handle_what_was_told()


def test_refusals_are_not_kept(client, market, kept):
    assert client.get("/api/v1/instruments/NEW-USDT").status_code == 404
    ensure_instrument("NEW-USDT")
    assert client.get("/api/v1/instruments/NEW-USDT").status_code == 200


def _shown(client, path):
    return json.loads(client.get(f"/api/v1/{path}").content)["results"]


def test_a_signal_changes_the_track_record_that_is_shown(client, market, kept):
    replay = start_replay(SYMBOL, timeframe="1h", strategies=["donchian_20_10"])
    handle_what_was_told()
    assert _shown(client, "strategies")[0]["track_record"]["signals"] == 0
    while replay.state != "waiting":
        advance_replay(replay.pk)
        replay.refresh_from_db()
    assert _shown(client, "strategies")[0]["track_record"]["signals"] == 0
    handle_what_was_told()
    assert _shown(client, "strategies")[0]["track_record"]["signals"] == 1


def test_an_outcome_changes_the_track_record_that_is_shown(client, record, kept):
    handle_what_was_told()
    before = _shown(client, "strategies")[0]["track_record"]
    decided = score_outcomes()
    assert decided > 0
    handle_what_was_told()
    after = _shown(client, "strategies")[0]["track_record"]
    assert (before["undecided"] - after["undecided"]) > 0


def test_a_strategy_switched_off_by_staff_is_shown_no_more(client, kept):
    strategy = ensure_strategy("donchian_20_10", timeframe="1h")
    handle_what_was_told()
    assert len(_shown(client, "strategies")) == 1
    strategy.enabled = False
    site.get_model_admin(Strategy).save_model(None, strategy, None, change=True)
    handle_what_was_told()
    assert _shown(client, "strategies") == []


def test_an_instrument_edited_and_removed_by_staff_is_shown_so(client, kept):
    instrument, admin = ensure_instrument("ABC-USDT"), site.get_model_admin(Instrument)
    handle_what_was_told()
    assert _shown(client, "instruments")[0]["tick"] == "0.00000001"
    instrument.tick = "0.5"
    admin.save_model(None, instrument, None, change=True)
    handle_what_was_told()
    assert _shown(client, "instruments")[0]["tick"] == "0.5"
    admin.delete_queryset(None, Instrument.objects.all())
    handle_what_was_told()
    assert _shown(client, "instruments") == []


def test_a_change_that_is_rolled_back_is_not_told(client):
    strategy = ensure_strategy("donchian_20_10", timeframe="1h")
    OutboxMessage.objects.using("signals").all().delete()
    strategy.timeframe = "9h"
    with pytest.raises(IntegrityError, match="strategy_timeframe_known"):
        save_strategy(strategy)
    assert not OutboxMessage.objects.using("signals").exists()

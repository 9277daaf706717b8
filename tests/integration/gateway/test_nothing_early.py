"""Who does not see signals at once learns nothing early, at no door. Doors come from the table of routes."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from apps.kernel.clock import now
from apps.kernel.events import codec
from apps.kernel.gateway.policy import Who, rules_of
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.redis_client import client as redis
from apps.notifications import handlers as notifications
from apps.notifications import selectors as of_notifications
from apps.notifications import services as notifying
from apps.notifications import streams
from apps.notifications.models import Notification
from apps.signals import selectors as of_signals
from apps.signals import services as signals
from apps.signals.models import Signal, Strategy
from apps.trading import handlers as trading_handlers
from apps.trading import services as trading
from apps.trading.enums import Sizing
from apps.trading.models import Account, Decision, Follow, Order
from apps.trading.selectors.personal_data import personal_data as of_trading
from tests.support.candles import a_walk, write_candles
from tests.support.entitlements import NewStanding
from tests.support.market import work
from tests.support.people import a_person, client_of
from tests.support.routes import routes
from treum_project.demo.seed import FREE, PRO

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases="__all__")]

SYMBOL = "EARLY-USDT"
HOUR = timedelta(hours=1)
READS = [route for route in routes() if "GET" in rules_of(route.name) and rules_of(route.name)["GET"].who is Who.USER]
EXECUTING = {"trading.auto_execute": True, "trading.max_follows": 1}
VARIANTS = {
    "signal-list": ({"type": "BUY"}, {"symbol": SYMBOL}, {"since": "2024-01-01T00:00:00Z"}, {"page_size": "1"}),
    "candle-list": ({"symbol": SYMBOL, "timeframe": "1h"},),
    "decision-list": ({"symbol": SYMBOL}, {"side": "buy"}, {"code": "ENTITLEMENT_MISSING"}, {"code": "executed"}),
    "order-list": ({"symbol": SYMBOL}, {"side": "buy"}, {"status": "filled"}),
}


@pytest.fixture
def stage(tmp_path):
    """Return the strategy that is about to speak, before it does."""
    bars = write_candles(tmp_path / "walk.csv", a_walk(600, seed=21))
    signals.load_candles(bars, symbol=SYMBOL, timeframe="1h")
    replay = signals.start_replay(SYMBOL, timeframe="1h", strategies=["macd_12_26_9"])
    strategy = Strategy.objects.get()
    trading.ensure_rosters({strategy.pk: strategy.code})
    return replay


@pytest.fixture
def listening():
    """Return whom to listen for, so that what is pushed to them is kept for a while."""
    people = []
    yield people
    for user_id in people:
        redis().delete(streams.key_of(user_id), streams.listener_key_of(user_id))


def a_follower(listening, features, *, until=None):
    """Return somebody with this standing, an account and a follow, who looks at the stream."""
    person, strategy = a_person(), Strategy.objects.get()
    if features is not None:
        signals.remember_standings([NewStanding(person.pk, 1, features, until)])
        trading.remember_standings([NewStanding(person.pk, 1, features, until)])
    (account,) = trading.open_accounts([trading.NewAccount(person.pk, "Paper", "USDT", Decimal(10_000))])
    terms = trading.Terms(Sizing.FIXED_NOTIONAL, Decimal(100))
    trading.follow_strategy(trading.NewFollow(account, terms), user_id=person.pk, strategy_id=strategy.pk)
    notifying.issue_ticket(person.pk)
    listening.append(person.pk)
    return person


def a_fresh_buy(replay):
    """Let the strategy speak, and everyone hear of it; return the signal."""
    while not Signal.objects.filter(type="BUY", target__isnull=False).exists():
        replay.state, replay.waiting_for = "running", []
        replay.save(update_fields=["state", "waiting_for"])
        signals.advance_replay(replay.pk)
    told("signals", trading_handlers)
    work()
    told("trading", notifications)
    for row in OutboxMessage.objects.using("notifications").filter(name="notifications.push"):
        notifying.push(json.loads(row.body)[0])
    return Signal.objects.filter(type="BUY", target__isnull=False).latest("bar_time")


def told(alias, context):
    """Hand what is in an outbox to the handlers of a context, as relay, intake and worker do."""
    for row in OutboxMessage.objects.using(alias).exclude(kind="task").order_by("id"):
        batch = row.event_count > 1 or row.body.startswith("[")
        content_type = codec.BATCH_CONTENT_TYPE if batch else codec.EVENT_CONTENT_TYPE
        for subscription in context.SUBSCRIPTIONS:
            if subscription.event.event_type == row.name:
                subscription.handler(codec.decode(row.body.encode(), content_type=content_type))


def everything_of(person, signal):
    """Return all that somebody can read, by where they read it; what they ask by is not what they are told."""
    client = client_of(person)
    asked = {str(signal.pk), SYMBOL, str(signal.strategy_id)}
    asked |= {str(pk) for model in (Account, Follow) for pk in model.objects.values_list("pk", flat=True)}
    asked |= {str(pk) for pk in Order.objects.values_list("client_order_id", flat=True)}
    found = {}
    for route in READS:
        for path in {route.path.replace("{}", one) for one in asked}:
            for query in ({}, *VARIANTS.get(route.name, ())):
                answer = client.get(path, query)
                assert answer.status_code < 500, (path, query)
                found[f"{path} {query}"] = text_of(answer).replace(path, "")
    found["stream"] = str(redis().xrange(streams.key_of(person.pk)))
    for personal in (of_signals.personal_data, of_trading, of_notifications.personal_data):
        found |= {f"archive: {file}": str(list(rows)) for file, rows in personal(person.pk)}
    return found


def text_of(answer):
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def places(found, *words):
    return [place for place, text in found.items() if any(word in text for word in words)]


def levels_of(signal):
    return [f"{level.normalize():f}" for level in (signal.target, signal.stop_loss)]


@pytest.mark.parametrize(
    ("features", "until"),
    [
        pytest.param(FREE, None, id="the free plan"),
        pytest.param(None, None, id="nobody has stated anything"),
        pytest.param({}, None, id="a standing without features"),
        pytest.param(PRO, now() - HOUR, id="a standing that is over"),
    ],
)
def test_a_free_person_learns_nothing_early(stage, listening, features, until):
    person = a_follower(listening, features, until=until)
    signal = a_fresh_buy(stage)
    assert Decision.objects.filter(follow__user_id=person.pk, code="ENTITLEMENT_MISSING").count() > 0
    found = everything_of(person, signal)
    assert places(found, str(signal.pk), signal.correlation_id, *levels_of(signal)) == []
    assert client_of(person).get(f"/api/v1/signals/{signal.pk}").status_code == 404
    (history,) = [text for place, text in found.items() if "portfolio-history" in place and '"days"' in text]
    assert json.loads(history)["days"] == []


def test_what_was_executed_is_told_at_once_and_without_levels(stage, listening):
    person = a_follower(listening, EXECUTING)
    signal = a_fresh_buy(stage)
    found = everything_of(person, signal)
    assert Notification.objects.filter(user_id=person.pk, kind="trade.executed").count() == 1
    assert places({"stream": found["stream"]}, "trade.executed") == ["stream"]
    assert places(found, *levels_of(signal)) == []
    assert {place.split()[0] for place in places(found, str(signal.pk))} >= {"/api/v1/orders", "/api/v1/decisions"}
    assert [place for place in places(found, str(signal.pk)) if place.startswith("/api/v1/signals")] == []


def test_who_has_a_plan_finds_what_the_others_do_not(stage, listening):
    person = a_follower(listening, PRO)
    signal = a_fresh_buy(stage)
    found = everything_of(person, signal)
    assert "/api/v1/signals {}" in places(found, str(signal.pk))
    assert "/api/v1/signals {}" in places(found, levels_of(signal)[0])
    assert "/api/v1/signals {}" in places(found, levels_of(signal)[1])


def test_after_the_delay_signals_are_seen_and_their_levels_are_not(stage, listening, monkeypatch):
    person = a_follower(listening, FREE)
    signal = a_fresh_buy(stage)
    for door in ("signals", "trading"):
        monkeypatch.setattr(f"apps.{door}.api.views.now", lambda: now() + HOUR + timedelta(minutes=1))
    found = everything_of(person, signal)
    assert {"/api/v1/signals {}", "/api/v1/decisions {}"} <= set(places(found, str(signal.pk)))
    assert places(found, *levels_of(signal)) == []

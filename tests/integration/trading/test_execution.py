"""A signal reaches each follower once, in order, whatever order the messages come in."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from apps.kernel.clock import now
from apps.kernel.events import codec
from apps.kernel.ids import derived
from apps.kernel.ledger.models import LedgerBalance, LedgerHold
from apps.kernel.outbox.models import OutboxMessage
from apps.trading import selectors, services
from apps.trading.enums import CancelReason, KillSwitch, Sizing
from apps.trading.errors import AlreadyFollowing, OrderClosed, PositionStillOpen
from apps.trading.models import Account, Decision, Entitlement, Execution, Fill, Follow, Order, Position, ShardCursor
from tests.support.market import Market, entitle, new_strategy, open_account, work

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["trading"])]

ALL_IN = services.Terms(Sizing.ALL_IN)


@pytest.fixture
def strategy():
    return new_strategy()


@pytest.fixture
def market(strategy):
    return Market(f"T{strategy}-USDT")


def follow(account_id, strategy, terms=ALL_IN):
    return services.follow_strategies([services.NewFollow(account_id, terms)], strategy_id=strategy)[0]


def codes(signal):
    return list(
        Decision.objects.filter(execution__signal_id=signal.signal_id).order_by("follow").values_list("code", flat=True)
    )


def cash(account_id):
    return LedgerBalance.objects.using("trading").get(account=Account.objects.get(pk=account_id).cash_ledger_id)


def completed():
    rows = OutboxMessage.objects.using("trading").filter(name="execution.completed").order_by("id")
    return [codec.decode(row.body, content_type=codec.EVENT_CONTENT_TYPE)[0] for row in rows]


def test_an_all_in_entry_spends_what_there_is_and_never_more(market, strategy):
    account = open_account("10000")
    follow(account, strategy)
    market.show(99, 100, "100.5")
    services.note_signals([market.signal(strategy, "buy")])

    fill = Fill.objects.get(order__account=account)
    assert fill.qty == Decimal("99.40308447")
    assert (fill.price, fill.fee) == (Decimal("100.5"), Decimal("9.99000999"))
    assert 0 <= cash(account).balance < Decimal("0.00000110") * 100
    assert cash(account).balance == 10_000 - fill.notional - fill.fee


def test_the_same_signal_twice_trades_once(market, strategy):
    account = open_account()
    follow(account, strategy)
    market.show(99, 100, 101)
    signal = market.signal(strategy, "buy")
    services.note_signals([signal])
    before = cash(account).balance
    services.note_signals([signal])
    services.execute_batch(Execution.objects.get(signal_id=signal.signal_id).pk, shard=0)

    assert cash(account).balance == before
    assert Fill.objects.filter(order__account=account).count() == 1
    assert len(completed()) == 1


def test_a_signal_before_its_bar_waits_for_it(market, strategy):
    account = open_account()
    follow(account, strategy)
    bar = market.bar(99, 100, 101)
    signal = market.signal(strategy, "buy")
    services.note_signals([signal])
    assert codes(signal) == []
    services.note_bars([bar])
    assert codes(signal) == ["executed"]


def test_signals_out_of_order_are_taken_in_order(market, strategy):
    account = open_account()
    follow(account, strategy)
    market.show(99, 100, 101)
    first = market.signal(strategy, "buy")
    market.show(101, 102, 103)
    second = market.signal(strategy, "sell")
    services.note_signals([second])
    assert codes(second) == []
    services.note_signals([first])
    work()
    assert (codes(first), codes(second)) == (["executed"], ["executed"])
    sides = Fill.objects.filter(order__account=account).order_by("executed_at").values_list("order__side", flat=True)
    assert list(sides) == ["buy", "sell"]


def test_a_missing_signal_is_passed_after_its_life_and_the_next_is_refused(market, strategy):
    account = open_account()
    follow(account, strategy)
    market.show(99, 100, 101)
    market.signal(strategy, "buy")
    second = market.signal(strategy, "buy")
    services.note_signals([second])
    services.release_blocked()
    assert codes(second) == []
    Execution.objects.filter(signal_id=second.signal_id).update(noted_at=now() - timedelta(minutes=6))
    services.release_blocked()
    work()
    assert codes(second) == ["SIGNAL_EXPIRED"]
    third = market.signal(strategy, "buy")
    services.note_signals([third])
    assert codes(third) == ["executed"]


def test_a_signal_that_came_too_late_leaves_a_decision_for_each_follower(market, strategy):
    accounts = [open_account() for _ in range(3)]
    for account in accounts:
        follow(account, strategy)
    late = market.signal(strategy, "buy", price=Decimal(100))
    services.note_signals([late], expired=True)
    assert codes(late) == ["SIGNAL_EXPIRED"] * 3
    assert completed()[-1].data.decisions == {"SIGNAL_EXPIRED": 3}
    assert not Order.objects.filter(account__in=accounts).exists()


def test_a_signal_without_followers_is_complete_at_once(market, strategy):
    signal = market.signal(strategy, "buy", price=Decimal(100))
    services.note_signals([signal])
    (event,) = completed()
    assert (event.data.signal_id, event.data.followers, event.data.decisions) == (signal.signal_id, 0, {})
    assert event.correlationid == signal.correlation_id


def test_who_follows_later_is_counted_from_the_next_signal(market, strategy):
    early, late = open_account(), open_account()
    follow(early, strategy)
    bar = market.bar(99, 100, 101)
    first = market.signal(strategy, "buy")
    services.note_signals([first])
    follow(late, strategy)
    services.note_bars([bar])
    work()
    assert codes(first) == ["executed"]
    second = market.signal(strategy, "buy")
    services.note_signals([second])
    assert codes(second) == ["ALREADY_IN_POSITION", "executed"]


def test_a_new_shard_begins_with_the_signal_after_it(market, strategy, settings):
    settings.TREUM_TRADING_SHARD_SIZE = 1
    follow(open_account(), strategy)
    market.show(99, 100, 101)
    first = market.signal(strategy, "buy")
    services.note_signals([first])
    work()
    follow(open_account(), strategy)
    second = market.signal(strategy, "buy")
    services.note_signals([second])
    assert work() == 2
    assert codes(second) == ["ALREADY_IN_POSITION", "executed"]
    assert set(ShardCursor.objects.filter(strategy_id=strategy).values_list("shard", "sequence")) == {(0, 2), (1, 2)}
    assert Execution.objects.get(signal_id=second.signal_id).decisions == {"ALREADY_IN_POSITION": 1, "executed": 1}


def test_an_order_waits_for_an_open_that_is_not_known_with_its_cash_held(market, strategy):
    account = open_account()
    follow(account, strategy)
    market.show(99, 100, None)
    signal = market.signal(strategy, "buy")
    services.note_signals([signal])
    assert codes(signal) == ["executed"]
    assert cash(account).held == 10_000
    assert selectors.unfilled_count() >= 1
    market.show("100.5", 101, 102)
    fill = Fill.objects.get(order__account=account)
    assert (fill.price, fill.qty) == (Decimal("100.5"), Decimal("99.40308447"))
    assert cash(account).held == 0
    assert LedgerHold.objects.using("trading").get(key=f"order/{fill.order_id}").state == "posted"
    assert selectors.balance_mismatches() == 0


def test_a_waiting_order_is_cancelled_when_its_signal_expires(market, strategy):
    account = open_account()
    follow(account, strategy)
    market.show(99, 100, None)
    signal = market.signal(strategy, "buy")
    services.note_signals([signal])
    assert services.cancel_orders_of_signals([signal.signal_id], reason=CancelReason.SIGNAL_EXPIRED) == 1
    order = Order.objects.get(account=account)
    assert (order.status, order.cancel_reason, cash(account).held) == ("canceled", "SIGNAL_EXPIRED", 0)
    assert LedgerHold.objects.using("trading").get(key=f"order/{order.pk}").state == "expired"
    row = OutboxMessage.objects.using("trading").get(name="trade.cancelled", correlation_id=signal.correlation_id)
    (event,) = codec.decode(row.body, content_type=codec.BATCH_CONTENT_TYPE)
    assert (event.data.order_id, event.data.reason) == (order.pk, "SIGNAL_EXPIRED")
    market.show(100, 101, 102)
    work()
    assert not Fill.objects.filter(order__account=account).exists()
    with pytest.raises(OrderClosed):
        services.cancel_order(order.pk)


@pytest.mark.parametrize("level", ["platform", "strategy", "account"])
def test_halting_cancels_what_is_open_and_stops_exits(level, market, strategy):
    account = open_account()
    follow(account, strategy, services.Terms(Sizing.FIXED_NOTIONAL, Decimal(100)))
    market.show(99, 100, 101)
    services.note_signals([market.signal(strategy, "buy")])
    market.show(101, 102, None)
    services.note_signals([exit_ := market.signal(strategy, "sell")])
    assert codes(exit_) == ["executed"]
    target = {"platform": None, "strategy": strategy, "account": account}[level]
    assert services.set_kill_switch(level, target=target, state=KillSwitch.HALTED, actor="service:tests") == 1
    services.note_signals([again := market.signal(strategy, "sell")])
    assert codes(again) == ["TRADING_HALTED"]
    services.set_kill_switch(level, target=target, state=KillSwitch.REDUCING, actor="service:tests")
    services.note_signals([entry := market.signal(strategy, "buy"), leave := market.signal(strategy, "sell")])
    work()
    assert (codes(entry), codes(leave)) == (["TRADING_HALTED"], ["executed"])


def test_a_lapsed_standing_stops_entries_and_lets_exits_pass(market, strategy):
    account = open_account()
    user = Account.objects.get(pk=account).user_id
    follow(account, strategy)
    market.show(99, 100, 101)
    services.note_signals([market.signal(strategy, "buy")])
    entitle(user, entitled=False, version=3)
    entitle(user, entitled=True, version=2)
    services.note_signals([exit_ := market.signal(strategy, "sell"), entry := market.signal(strategy, "buy")])
    work()
    assert (codes(exit_), codes(entry)) == (["executed"], ["ENTITLEMENT_MISSING"])
    entitle(user, version=4, valid_until=now() - timedelta(seconds=1))
    services.note_signals([late := market.signal(strategy, "buy")])
    assert codes(late) == ["ENTITLEMENT_MISSING"]


def test_when_a_standing_runs_out_entries_stop_and_exits_pass(market, strategy):
    account = open_account()
    follow(account, strategy)
    market.show(99, 100, 101)
    services.note_signals([before := market.signal(strategy, "buy")])
    Entitlement.objects.filter(user_id=Account.objects.get(pk=account).user_id).update(valid_until=now())
    services.note_signals([exit_ := market.signal(strategy, "sell"), entry := market.signal(strategy, "buy")])
    work()
    assert [codes(one) for one in (before, exit_, entry)] == [["executed"], ["executed"], ["ENTITLEMENT_MISSING"]]


def test_entries_grow_old_before_exits_do(market, strategy):
    patient, hasty = open_account(), open_account()
    follow(patient, strategy)
    follow(hasty, strategy, services.Terms(Sizing.ALL_IN, max_signal_age_bars=1))
    market.show(99, 100, 101)
    at_first = market.time
    for _ in range(2):
        market.show(100, 100, 101)
    services.note_signals([entry := market.signal(strategy, "buy", bar_time=at_first)])
    assert codes(entry) == ["executed", "SIGNAL_EXPIRED"]
    for _ in range(4):
        market.show(100, 100, 101)
    services.note_signals([old := market.signal(strategy, "buy", bar_time=at_first)])
    services.note_signals([exit_ := market.signal(strategy, "sell", bar_time=at_first)])
    assert codes(old) == ["SIGNAL_EXPIRED"] * 2
    assert codes(exit_) == ["executed", "NO_POSITION"]


def test_one_strategy_never_closes_what_another_opened(market, strategy):
    other, account = new_strategy(), open_account()
    half = services.Terms(Sizing.PERCENT_OF_EQUITY, Decimal(40))
    mine, theirs = follow(account, strategy, half), follow(account, other, half)
    market.show(99, 100, 101)
    services.note_signals([market.signal(strategy, "buy"), market.signal(other, "sell")])
    work()
    assert codes_of(mine) == ["executed"]
    assert codes_of(theirs) == ["NO_POSITION"]
    assert Position.objects.get(follow=mine).qty > 0


def codes_of(follow_id):
    return list(Decision.objects.filter(follow=follow_id).order_by("execution").values_list("code", flat=True))


def test_order_ids_are_derived_and_fills_are_stated_once_each(market, strategy):
    accounts = [open_account() for _ in range(3)]
    for account in accounts:
        follow(account, strategy)
    market.show(99, 100, 101)
    services.note_signals([signal := market.signal(strategy, "buy")])
    row = OutboxMessage.objects.using("trading").get(name="trade.executed", correlation_id=signal.correlation_id)
    events = codec.decode(row.body, content_type=codec.BATCH_CONTENT_TYPE)
    assert (row.kind, row.event_count, len(events), row.causation_id) == ("event_batch", 3, 3, signal.causation_id)
    assert len({event.id for event in events}) == 3
    for event in events:
        fill = Fill.objects.select_related("order__account").get(order=event.data.order_id)
        assert event.data.order_id == derived(signal.signal_id, fill.order.account_id, "entry", 0)
        assert event.data.fill_id == fill.fill_id == derived(fill.order_id, "fill", 1)
        assert event.id.version == 7
        assert event.subject == event.data.subject()
        assert event.type == type(event.data).event_type
        assert (event.correlationid, event.source) == (signal.correlation_id, "/treum/trading")
        assert event.data.model_dump() == {
            "fill_id": fill.fill_id, "order_id": fill.order_id, "account_id": fill.order.account_id,
            "follow_id": fill.order.follow_id, "user_id": fill.order.account.user_id, "signal_id": signal.signal_id,
            "strategy": signal.strategy, "symbol": signal.symbol, "side": "buy", "qty": fill.qty, "price": fill.price,
            "notional": fill.notional, "fee": fill.fee, "realized_pl": None, "currency": "USDT",
            "executed_at": fill.executed_at, "simulated": True,
        }  # fmt: skip


def test_a_message_of_fills_stays_below_its_limit(market, strategy):
    count = 230
    users = [uuid.uuid4() for _ in range(count)]
    entitle(*users)
    news = [services.NewAccount(user, "Paper", "USDT", deposit=Decimal("1234567.12345678")) for user in users]
    follows = [services.NewFollow(account, ALL_IN) for account in services.open_accounts(news)]
    services.follow_strategies(follows, strategy_id=strategy)
    market.show("0.00001234", "0.00001235", "0.00001236")
    services.note_signals([signal := market.signal(strategy, "buy")])
    rows = OutboxMessage.objects.using("trading").filter(correlation_id=signal.correlation_id, kind="event_batch")
    assert sorted(row.event_count for row in rows) == [30, 200]
    assert max(len(row.body.encode()) for row in rows) < 256 * 1024


def test_following_twice_is_refused_and_ending_needs_an_empty_hand(market, strategy):
    account = open_account()
    follow_id = follow(account, strategy)
    with pytest.raises(AlreadyFollowing):
        follow(account, strategy)
    market.show(99, 100, 101)
    services.note_signals([market.signal(strategy, "buy")])
    with pytest.raises(PositionStillOpen):
        services.end_follow(follow_id)
    services.pause_follow(follow_id)
    services.note_signals([entry := market.signal(strategy, "buy"), exit_ := market.signal(strategy, "sell")])
    work()
    assert (codes(entry), codes(exit_)) == ([], ["executed"])
    services.end_follow(follow_id)
    assert Follow.objects.get(pk=follow_id).state == "ended"
    assert follow(account, strategy) != follow_id

"""The set-based batch decides, fills and books exactly as a plain loop over the followers does."""

import random
from decimal import Decimal

import pytest

from apps.kernel.ledger import verify
from apps.kernel.ledger.models import LedgerBalance
from apps.trading import selectors, services
from apps.trading.enums import KillSwitch, Sizing
from apps.trading.models import Account, Decision, Fill, Position
from tests.support.market import Market, new_strategy, open_account, work
from tests.support.oracle import Oracle, OracleAccount, OracleFollow, OracleSignal

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["trading"])]

STEPS = 12


def maybe(dice, value):
    return value if dice.random() < 0.3 else None


class World:
    """The same market and the same people, once for trading and once for the oracle."""

    def __init__(self, dice):
        self.dice = dice
        lot = dice.choice([Decimal("0.00000001"), Decimal("0.001"), Decimal(1)])
        tick = dice.choice([Decimal("0.00000001"), Decimal("0.01")])
        least = dice.choice([Decimal(0), Decimal(10)])
        scale = dice.choice([Decimal("0.00001"), Decimal(1), Decimal(30_000)]) if lot < 1 else Decimal(1)
        if scale < 1:
            tick = Decimal("0.00000001")
        world = new_strategy()
        self.markets = [
            Market(f"{name}{world}-USDT", lot=lot, tick=tick, min_notional=least) for name in ("AAA", "BBB")
        ]
        self.prices = {market.symbol: scale * 100 for market in self.markets}
        self.strategies = [new_strategy() for _ in range(3)]
        self.oracle = Oracle([], lot=lot, tick=tick, min_notional=least)
        self.follow_ids, self.account_ids, self.accounts = [], [], []
        for _ in range(10):
            self._join()
        self.signals = {}

    def _join(self):
        dice = self.dice
        account = OracleAccount(
            cash=Decimal(dice.choice(["0.5", "100", "5000", "10000.12345678"])),
            fee_bps=Decimal(dice.choice(["0", "2.5", "10"])),
            slippage_bps=Decimal(dice.choice(["0", "0", "3.3"])),
            max_open_positions=maybe(dice, dice.choice([1, 2])),
            daily_loss_limit_pct=maybe(dice, Decimal(dice.choice(["0.1", "1", "5"]))),
            kill_switch=dice.choices(["ACTIVE", "REDUCING", "HALTED"], [90, 5, 5])[0],
            entitled=dice.random() < 0.9,
        )
        account_id = open_account(
            str(account.cash),
            entitled=account.entitled,
            fee_bps=account.fee_bps,
            slippage_bps=account.slippage_bps,
            max_open_positions=account.max_open_positions,
            daily_loss_limit_pct=account.daily_loss_limit_pct,
            kill_switch=KillSwitch(account.kill_switch),
        )
        self.accounts.append(account)
        self.account_ids.append(account_id)
        for strategy in dice.sample(self.strategies, dice.randint(1, 3)):
            self._follow(account, account_id, strategy)

    def _follow(self, account, account_id, strategy):
        dice = self.dice
        sizing, value = dice.choice(
            [
                ("fixed_notional", dice.choice(["25", "333.33", "2000"])),
                ("percent_of_equity", dice.choice(["3.7", "50", "100"])),
                ("all_in", None),
                ("risk_to_stop", dice.choice(["0.5", "2"])),
            ]
        )
        follow = OracleFollow(
            account,
            strategy,
            sizing=sizing,
            sizing_value=None if value is None else Decimal(value),
            max_notional_per_order=maybe(dice, Decimal(1500)),
            max_price_deviation_bps=maybe(dice, Decimal(dice.choice(["20", "150"]))),
            max_signal_age_bars=maybe(dice, 1),
        )
        self.oracle.follows.append(follow)
        terms = services.Terms(
            Sizing(sizing),
            follow.sizing_value,
            follow.max_notional_per_order,
            follow.max_price_deviation_bps,
            follow.max_signal_age_bars,
        )
        (follow_id,) = services.follow_strategies([services.NewFollow(account_id, terms)], strategy_id=strategy)
        self.follow_ids.append(follow_id)

    def play(self):
        for _ in range(STEPS):
            for market in self.markets:
                self._bar(market)
            if self.dice.random() < 0.15:
                self._turn_a_switch()
            if self.dice.random() < 0.2:
                self._pause_or_resume()

    def _bar(self, market):
        dice = self.dice
        opened = market.next_open or self.prices[market.symbol]
        waits = market.next_open is None and market.hours > 0
        moved = (opened * Decimal(str(1 + dice.uniform(-0.03, 0.03)))).quantize(market.tick)
        jumped = (moved * Decimal(str(1 + dice.uniform(-0.01, 0.01)))).quantize(market.tick)
        if waits:
            self.oracle.open_next(market.symbol, opening=opened, day=(market.time + market.step).date())
        market.show(opened, moved, jumped if dice.random() < 0.75 else None)
        work()
        self.prices[market.symbol] = jumped
        self.oracle.closes[market.symbol] = moved
        for strategy in self.strategies:
            for _ in range(dice.choice([0, 1, 1, 2])):
                self._signal(market, strategy)

    def _signal(self, market, strategy):
        side = self.dice.choice(["buy", "buy", "sell"])
        stop = self.dice.choice([None, market.close * Decimal("0.97"), market.close]) if side == "buy" else None
        arrived = market.signal(strategy, side, stop=stop)
        number = len(self.signals)
        self.signals[arrived.signal_id] = number
        services.note_signals([arrived])
        work()
        day = (market.time + market.step).date()
        self.oracle.take(
            OracleSignal(number, strategy, market.symbol, side, market.close, stop), opening=market.next_open, day=day
        )

    def _turn_a_switch(self):
        strategy, state = self.dice.choice(self.strategies), self.dice.choice(["ACTIVE", "REDUCING"])
        self.oracle.strategy_switch[strategy] = state
        services.set_kill_switch("strategy", target=strategy, state=KillSwitch(state), actor="service:tests")

    def _pause_or_resume(self):
        index = self.dice.randrange(len(self.follow_ids))
        follow = self.oracle.follows[index]
        follow.active = not follow.active
        (services.resume_follow if follow.active else services.pause_follow)(self.follow_ids[index])


def test_every_decision_fill_and_balance_equals_the_plain_loop(settings):
    settings.TREUM_TRADING_SHARD_SIZE = 3
    reached = set()
    for seed in range(4):
        world = World(random.Random(seed))
        world.play()
        compare(world)
        reached |= set(world.oracle.decisions.values())
    assert reached == {
        "executed", "TRADING_HALTED", "ENTITLEMENT_MISSING", "ALREADY_IN_POSITION", "NO_POSITION", "DUPLICATE_INTENT",
        "PRICE_DEVIATION_EXCEEDED", "MAX_OPEN_POSITIONS", "DAILY_LOSS_LIMIT", "BELOW_MIN_NOTIONAL",
        "NOTIONAL_EXCEEDS_MAX_PER_ORDER", "INSUFFICIENT_BUYING_POWER",
    }  # fmt: skip
    assert verify.unbalanced_transactions(using="trading") == 0
    assert selectors.balance_mismatches() == 0
    assert sum(line.total for line in verify.trial_balance(using="trading")) == 0


def compare(world):
    places = {follow_id: index for index, follow_id in enumerate(world.follow_ids)}
    decided = Decision.objects.filter(follow__in=world.follow_ids)
    rows = decided.values_list("execution__signal_id", "follow_id", "code")
    assert {(world.signals[s], places[f]): code for s, f, code in rows} == world.oracle.decisions

    filled = Fill.objects.filter(order__follow__in=world.follow_ids)
    rows = filled.values_list("order__execution__signal_id", "order__follow_id", "order__side", "qty", "price", "fee")
    ours = sorted((world.signals[s], places[f], side, q, p, fee) for s, f, side, q, p, fee in rows)
    assert ours == sorted((f.signal, f.follow, f.side, f.qty, f.price, f.fee) for f in world.oracle.fills)

    for account, account_id in zip(world.accounts, world.account_ids, strict=True):
        cash = LedgerBalance.objects.using("trading").get(account=Account.objects.get(pk=account_id).cash_ledger_id)
        assert (cash.balance, cash.held) == (account.cash, account.held)
    for position in Position.objects.filter(follow__in=world.follow_ids):
        known = world.oracle.follows[places[position.follow_id]].positions[position.symbol]
        assert (position.qty, position.cost_basis) == (known.qty, known.cost)

"""A small market and its signals, told to trading as its handlers would tell them, and the worker that it asks for."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.payments.seeds import PLANS
from apps.trading import services
from apps.trading.apps import DATABASE
from tests.support.entitlements import NewStanding

DAWN = datetime(2021, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

_strategies = count(1000)


def new_strategy() -> int:
    """Return the id of a strategy that no test has used."""
    return next(_strategies)


def entitle(*user_ids: UUID, entitled: bool = True, version: int = 1, valid_until: datetime | None = None) -> None:
    """Give people the right to have signals executed, or take it."""
    features = {**PLANS["pro"]["features"], "trading.auto_execute": entitled}
    services.remember_standings([NewStanding(user_id, version, features, valid_until) for user_id in user_ids])


def open_account(cash: str = "10000", *, entitled: bool = True, **fields: object) -> int:
    """Open an account of a new person."""
    user_id = uuid7()
    if entitled:
        entitle(user_id)
    new = services.NewAccount(user_id, "Paper", "USDT", deposit=Decimal(cash), **fields)  # type: ignore[arg-type]
    return services.open_accounts([new])[0]


def work() -> int:
    """Do what trading has asked its workers for, until nothing is left; return how many batches that were."""
    done = 0
    while True:
        asked = OutboxMessage.objects.using(DATABASE).filter(kind="task", name="trading.execute_batch").order_by("id")
        requests = list(asked)
        if not requests:
            return done
        for request in requests:
            OutboxMessage.objects.using(DATABASE).filter(pk=request.pk).delete()
            execution_id, shard = json.loads(request.body)
            services.execute_batch(execution_id, shard=shard)
            done += 1


@dataclass
class Market:
    """Hourly bars of one symbol. `show` closes the next one; `signal` speaks of the last one."""

    symbol: str
    lot: Decimal = Decimal("0.00000001")
    tick: Decimal = Decimal("0.00000001")
    min_notional: Decimal = Decimal(0)
    step: timedelta = HOUR
    hours: int = 0
    close: Decimal = Decimal(0)
    next_open: Decimal | None = None
    sequences: dict[int, int] = field(default_factory=dict)

    @property
    def time(self) -> datetime:
        """The open time of the last bar that was shown, or would be."""
        return DAWN + (self.hours - 1) * self.step

    def bar(self, open_: object, close: object, next_open: object | None) -> services.NotedBar:
        """Return the next bar without telling anyone."""
        self.hours += 1
        self.close = Decimal(str(close))
        self.next_open = None if next_open is None else Decimal(str(next_open))
        return services.NotedBar(
            symbol=self.symbol,
            timeframe="1h",
            bar_time=self.time,
            closed_at=self.time + self.step,
            open=Decimal(str(open_)),
            close=self.close,
            next_open=self.next_open,
            next_open_at=None if next_open is None else self.time + self.step,
            currency="USDT",
            tick=self.tick,
            lot=self.lot,
            min_notional=self.min_notional,
            simulated=True,
        )

    def show(self, open_: object, close: object, next_open: object | None) -> None:
        """Close the next bar."""
        services.note_bars([self.bar(open_, close, next_open)])

    def signal(
        self, strategy: int, side: str, *, stop: object | None = None, **changed: object
    ) -> services.ArrivedSignal:
        """Return the strategy's next signal on the last bar."""
        self.sequences[strategy] = self.sequences.get(strategy, 0) + 1
        values: dict[str, object] = {
            "signal_id": uuid7(),
            "strategy_id": strategy,
            "strategy": f"rule_{strategy}",
            "symbol": self.symbol,
            "timeframe": "1h",
            "side": side,
            "price": self.close,
            "target": None,
            "stop": None if stop is None else Decimal(str(stop)),
            "bar_time": self.time,
            "expiry": self.time + 5 * self.step,
            "expires_after_bars": 4,
            "sequence": self.sequences[strategy],
            "signalled_at": now(),
            "correlation_id": str(uuid7()),
            "causation_id": str(uuid7()),
            "traceparent": None,
        }
        return services.ArrivedSignal(**{**values, **changed})  # type: ignore[arg-type]

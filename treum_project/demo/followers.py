"""The demo's followers: the reference account first, then all sizings and limits in turn, the same at every run."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")

STARTING_CASH = Decimal(10_000)
TRADER = "trader@demo.treum.example"


@dataclass(frozen=True, slots=True)
class DemoFollower:
    """One account that follows the demo's strategy. Amounts are in the quote currency, limits off where None."""

    number: int
    sizing: str = "all_in"
    sizing_value: Decimal | None = None
    starting_cash: Decimal = STARTING_CASH
    fee_bps: Decimal = Decimal(10)
    max_notional_per_order: Decimal | None = None
    max_price_deviation_bps: Decimal | None = None
    max_signal_age_bars: int | None = None
    max_open_positions: int | None = None
    daily_loss_limit_pct: Decimal | None = None
    kill_switch: str = "ACTIVE"
    entitled: bool = True

    @property
    def email(self) -> str:
        """The login of the follower's person; the reference account is the demo trader's."""
        return f"follower{self.number:06d}@demo.treum.example" if self.number else TRADER


def demo_followers(count: int) -> list[DemoFollower]:
    """Return `count` followers. Number 0 is the reference account: all-in, 10 basis points, no limits."""
    return [_follower(number) for number in range(count)]


def _follower(number: int) -> DemoFollower:
    if number == 0:
        return DemoFollower(0)
    dice = random.Random(number)
    sizing, value = dice.choice(
        [
            ("fixed_notional", Decimal(dice.randrange(250, 4_000, 250))),
            ("percent_of_equity", Decimal(dice.choice([5, 10, 25, 50, 90]))),
            ("all_in", None),
            ("risk_to_stop", Decimal(dice.choice(["0.5", "1", "2"]))),
        ]
    )
    return DemoFollower(
        number,
        sizing=sizing,
        sizing_value=value,
        starting_cash=Decimal(dice.choice([1_000, 2_500, 10_000, 50_000])),
        fee_bps=Decimal(dice.choice([5, 10, 10, 20])),
        max_notional_per_order=_sometimes(dice, Decimal(dice.choice([2_000, 5_000, 20_000]))),
        max_price_deviation_bps=_sometimes(dice, Decimal(dice.choice([1, 5, 25, 100]))),
        max_signal_age_bars=_sometimes(dice, dice.choice([1, 2, 4])),
        max_open_positions=_sometimes(dice, dice.choice([1, 3])),
        daily_loss_limit_pct=_sometimes(dice, Decimal(dice.choice(["0.5", "1", "3"]))),
        kill_switch=dice.choices(["ACTIVE", "REDUCING", "HALTED"], weights=[92, 5, 3])[0],
        entitled=dice.random() < 0.95,
    )


def _sometimes(dice: random.Random, value: T) -> T | None:
    return value if dice.random() < 0.3 else None

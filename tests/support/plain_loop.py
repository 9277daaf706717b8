"""The demo's followers in a plain loop: what each of them should have decided, bought and sold."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.support.demo_contract import Bar, reported
from tests.support.oracle import Oracle, OracleAccount, OracleFollow, OracleSignal
from treum_project.demo.followers import DemoFollower

STRATEGY, SYMBOL = 1, "X"


def decide(
    report: Mapping[str, Any], bars: Sequence[Bar], followers: Sequence[DemoFollower], *, length: timedelta
) -> Oracle:
    """Return the oracle after it has seen every signal of a report. `length` is the length of a bar."""
    oracle = Oracle([_follow(follower) for follower in followers])
    for number, (signal, advice) in enumerate(zip(report["signals"], reported(report, bars), strict=True)):
        following = bars[advice.bar + 1] if advice.bar + 1 < len(bars) else None
        known_at = bars[advice.bar].time + length if following is None else following.time
        oracle.closes[SYMBOL] = bars[advice.bar].close
        oracle.take(
            OracleSignal(
                number,
                STRATEGY,
                SYMBOL,
                signal["type"].lower(),
                Decimal(signal["price"]),
                None if signal["stop_loss"] is None else Decimal(signal["stop_loss"]),
            ),
            opening=None if following is None else following.open,
            day=known_at.date(),
        )
    return oracle


def _follow(follower: DemoFollower) -> OracleFollow:
    account = OracleAccount(
        follower.starting_cash,
        fee_bps=follower.fee_bps,
        max_open_positions=follower.max_open_positions,
        daily_loss_limit_pct=follower.daily_loss_limit_pct,
        kill_switch=follower.kill_switch,
        entitled=follower.entitled,
    )
    return OracleFollow(
        account,
        STRATEGY,
        sizing=follower.sizing,
        sizing_value=follower.sizing_value,
        max_notional_per_order=follower.max_notional_per_order,
        max_price_deviation_bps=follower.max_price_deviation_bps,
        max_signal_age_bars=follower.max_signal_age_bars,
    )

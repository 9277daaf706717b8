"""What `make run` shows: staff, a trader, a hundred followers of three strategies, and a replay by the second."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from django.conf import settings

from apps.kernel.errors import Refused
from apps.signals.enums import Pace, ReplayState
from apps.signals.models import Replay, Strategy
from apps.signals.services import ensure_instrument, ensure_strategy, load_candles, seed_strategies, start_replay
from apps.trading.enums import Sizing
from apps.trading.models import Account
from apps.trading.services import NewFollow, Terms, ensure_rosters, follow_strategies
from apps.users.services.registration import ensure_user
from treum_project.demo.followers import TRADER, demo_followers
from treum_project.demo.options import DemoOptions
from treum_project.demo.seed import seed

STAFF = "staff@demo.treum.example"
FOLLOWED = ("sma_cross_20_50", "macd_12_26_9", "bbands_20_2")
SECOND_TERMS = Terms(sizing=Sizing.PERCENT_OF_EQUITY, sizing_value=Decimal(10))

Tell = Callable[[str], None]


class DemoNotAllowed(Refused):
    """Demo logins are for a developer's machine, and these settings do not allow them; nothing was seeded."""


def seed_live(options: DemoOptions, *, tell: Tell) -> None:
    """Seed the live demo where it is not seeded yet, and start or continue its replay. Raises DemoNotAllowed."""
    if not settings.TREUM_DEMO_ALLOWED:
        raise DemoNotAllowed()
    password = settings.TREUM_DEMO_PASSWORD
    ensure_user(STAFF, password=password, staff=True)
    trader = ensure_user(TRADER, password=password)
    if not Account.objects.filter(user_id=trader.pk).exists():
        _seed_followers(options)
    _start_replay(options, tell=tell)


def _seed_followers(options: DemoOptions) -> None:
    ensure_rosters({row.pk: row.code for row in seed_strategies(timeframe=options.timeframe)})
    first, *others = _followed(options.timeframe)
    currency = ensure_instrument(options.symbol).quote_currency
    seeded = seed(demo_followers(options.followers), strategy_id=first.pk, strategy=first.code, currency=currency)
    for place, strategy in enumerate(others, start=1):
        accounts = seeded.account_ids[place::2]
        follow_strategies(
            [NewFollow(account, SECOND_TERMS) for account in accounts], strategy_id=strategy.pk, strategy=strategy.code
        )


def _start_replay(options: DemoOptions, *, tell: Tell) -> None:
    loaded = load_candles(options.candles, symbol=options.symbol, timeframe=options.timeframe)
    replays = Replay.objects.filter(series__instrument__symbol=options.symbol, series__timeframe=options.timeframe)
    if replays.filter(state=ReplayState.FINISHED).exists():
        tell(f"The replay of {options.symbol} {options.timeframe} has been played to its end; `make reset` clears it.")
    elif not replays.exists():
        start_replay(
            options.symbol,
            timeframe=options.timeframe,
            strategies=FOLLOWED,
            pace=Pace.TIMED,
            bars_per_second=settings.TREUM_DEMO_BARS_PER_SECOND,
            limit=min(loaded.bars, options.bars),
        )


def _followed(timeframe: str) -> Sequence[Strategy]:
    return [ensure_strategy(code, timeframe=timeframe) for code in FOLLOWED]

"""A person with something of everything, and where each of their things is found by its address."""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from apps.kernel.gateway.scopes import Scope
from apps.notifications.handlers import tell_traders
from apps.notifications.models import Notification
from apps.payments.models import Invoice, Payment
from apps.signals.models import Signal, Strategy
from apps.signals.services import advance_replay, load_candles, start_replay
from apps.trading import services as trading
from apps.trading.enums import Sizing
from apps.trading.models import Follow, Order
from apps.users.enums import ConsentKind
from apps.users.models import User
from apps.users.services import create_key, request_export
from tests.support.candles import a_walk, write_candles
from tests.support.entitlements import may_see
from tests.support.market import Market, entitle, new_strategy, work
from tests.support.payers import card_of, credit_note_of, paid, refund_of
from tests.support.people import a_person
from tests.support.trades import a_fill, sealed

SYMBOL = "WALK-USDT"


@dataclass(frozen=True)
class Belongings:
    """One thing of each kind: `ids` by the part of the address before it, with `{}` for what is named there already."""

    person: User
    ids: dict[str, str]
    strategy: int
    account: int

    def ids_at(self, path: str) -> list[str]:
        """Return the ids of this person's things at an address such as `/api/v1/orders/{id}`, one for each brace."""
        parts = re.split(r"\{[^}]*\}", path.removeprefix("/api/v1/"))
        before = ["{}".join(parts[: number + 1]) for number in range(len(parts) - 1)]
        return [self.ids[max(filter(start.startswith, self.ids), key=len)] for start in before]


def published(folder: Path, *, symbol: str = SYMBOL) -> None:
    """Put some signals on record that everyone may read."""
    load_candles(write_candles(folder / "walk.csv", a_walk(200, seed=21)), symbol=symbol, timeframe="1h")
    replay = start_replay(symbol, timeframe="1h", strategies=["donchian_20_10"])
    advance_replay(replay.pk)


def belongings(person: User | None = None) -> Belongings:
    """Return a person who has one thing of each kind. Signals are to be published first."""
    person = may_see(person or a_person())
    entitle(person.pk)
    (account,) = trading.open_accounts([trading.NewAccount(person.pk, "Paper", "USDT", Decimal(10_000))])
    strategy = traded(account)
    tell_traders(sealed(a_fill(person.pk)))
    subscription = paid(person.pk)
    ids = {
        "accounts": account,
        "follows": Follow.objects.get(account=account).pk,
        "orders": Order.objects.filter(account=account).latest("pk").client_order_id,
        "venue-credentials": trading.keep_credential(
            person.pk, venue="kraken", label="Main", secrets=trading.Secrets(key="key-1", secret="secret-1")
        ),
        "notifications": Notification.objects.get(user_id=person.pk).pk,
        "api-keys": create_key(person.pk, name="Robot", scopes=[Scope.ACCOUNT_READ]).key.pk,
        "me/exports": request_export(person.pk).pk,
        "me/consents": ConsentKind.MARKETING,
        "subscriptions": subscription.pk,
        "invoices": Invoice.objects.get(subscription=subscription).pk,
        "invoices/{}/credit-notes": credit_note_of(subscription),
        "payments": Payment.objects.get(invoice__subscription=subscription).pk,
        "refunds": refund_of(subscription).pk,
        "payment-methods": card_of(person.pk).pk,
        "plans": subscription.price.plan.code,
        "signals": Signal.objects.latest("pk").pk,
        "strategies": Strategy.objects.get().pk,
        "instruments": SYMBOL,
    }
    known = {start: str(thing) for start, thing in ids.items()}
    return Belongings(person=person, ids=known, strategy=strategy, account=account)


def traded(account: int) -> int:
    """Have an account follow a strategy of its own and trade on it; return the strategy."""
    strategy = new_strategy()
    trading.ensure_rosters({strategy: f"rule_{strategy}"})
    market = Market(f"T{strategy}-USDT")
    terms = trading.Terms(Sizing.FIXED_NOTIONAL, Decimal(1010))
    trading.follow_strategies([trading.NewFollow(account, terms)], strategy_id=strategy)
    market.show(99, 100, 101)
    trading.note_signals([market.signal(strategy, "buy"), market.signal(strategy, "buy")])
    work()
    return strategy

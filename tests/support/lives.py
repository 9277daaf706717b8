"""A person with something to their name in every part of the platform."""

from dataclasses import dataclass
from decimal import Decimal

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction

from apps.kernel.audit import record_entry
from apps.kernel.gateway import origin
from apps.kernel.gateway.scopes import Scope
from apps.kernel.ids import uuid7
from apps.notifications.handlers import tell_traders
from apps.notifications.models import LiveBatch
from apps.notifications.services import issue_ticket, push
from apps.trading import services as trading
from apps.trading.enums import Sizing
from apps.users.enums import ActivityKind, ConsentKind, MailKind
from apps.users.models import Activity, ConsentDocument, TokenFamily, User
from apps.users.services import change_standing, create_key, give_consent, order_mail, request_export
from tests.support.market import Market, entitle, new_strategy
from tests.support.people import a_person, tokens_of
from tests.support.trades import a_fill, sealed

NAME = "Zerlina Quastenflosser"
ADDRESS = "198.51.100.77"


@dataclass(frozen=True)
class Life:
    """The person, and what they hold in their hands."""

    person: User
    access_token: str
    api_key: str
    account_id: int
    follow_id: int
    market: Market
    strategy: int


def a_life() -> Life:
    """Return a person who has used everything."""
    person = a_person(name=NAME)
    with origin.bind(origin.Origin(address=ADDRESS, user_agent="Netscape")):
        access_token, api_key = _in_users(person)
        account_id, follow_id, market, strategy = _in_trading(person)
        _in_notifications(person)
        _in_the_audit_logs(person)
    return Life(person, access_token, api_key, account_id, follow_id, market, strategy)


def _in_users(person: User) -> tuple[str, str]:
    EmailAddress.objects.create(user=person, email=f"second-{person.email}", verified=False)
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    tokens = tokens_of(person)
    family = TokenFamily.objects.get(user=person)
    UserSession.objects.create(user=person, ip=ADDRESS, user_agent="Netscape", session_key=family.session_key)
    document = ConsentDocument.objects.filter(kind=ConsentKind.TERMS).latest("published_at")
    give_consent(person.pk, kind=ConsentKind.TERMS, version=document.version)
    Activity.objects.create(user=person, kind=ActivityKind.LOGIN, source_id=str(uuid7()), summary="Logged in.")
    order_mail(MailKind.RESET_PASSWORD, address=person.email, user_id=person.pk, link="https://example.com/secret-link")
    change_standing([person.pk], plan="pro", features={"trading.auto_execute": True})
    key = create_key(person.pk, name=f"Laptop of {NAME}", scopes=[Scope.SIGNALS_READ])
    request_export(person.pk)
    return tokens.access, key.text


def _in_trading(person: User) -> tuple[int, int, Market, int]:
    entitle(person.pk)
    market, strategy = Market(f"LIFE{person.pk.hex[-8:].upper()}"), new_strategy()
    new = trading.NewAccount(person.pk, f"{NAME}'s paper", "USDT", deposit=Decimal(10_000))
    (account_id,) = trading.open_accounts([new])
    trading.ensure_rosters({strategy: f"rule_{strategy}"})
    terms = trading.Terms(sizing=Sizing.FIXED_NOTIONAL, sizing_value=Decimal(1_000))
    (follow_id,) = trading.follow_strategies([trading.NewFollow(account_id, terms)], strategy_id=strategy)
    market.show(100, 100, 100)
    trading.note_signals([market.signal(strategy, "buy")])
    return account_id, follow_id, market, strategy


def _in_notifications(person: User) -> None:
    issue_ticket(person.pk)
    tell_traders(sealed(a_fill(person.pk)))
    push(LiveBatch.objects.latest("created_at").pk)


def _in_the_audit_logs(person: User) -> None:
    for alias in settings.DATABASES:
        with transaction.atomic(using=alias):
            record_entry(action="test.deed", using=alias, subject=person.pk, personal={"name": NAME})

"""A person with something to their name in every part of the platform."""

from dataclasses import dataclass
from decimal import Decimal
from secrets import token_hex

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client

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
from apps.users.models import Activity, ConsentDocument, User
from apps.users.services import change_standing, create_key, give_consent, order_mail, request_export
from tests.support.accounts import AccountClient
from tests.support.market import Market, entitle, new_strategy
from tests.support.people import a_person, an_address, tokens_of
from tests.support.trades import a_fill, sealed

TOTP_SECRET = "JBSWY3DPEHPK3PXP"
CONTEXTS_THAT_KNOW_PEOPLE = ("default", "education", "signals", "trading", "notifications")


@dataclass(frozen=True)
class Life:
    """The person, what they are known by, and what they hold in their hands."""

    person: User
    email: str
    name: str
    address: str
    access_token: str
    api_key: str
    account_id: int
    follow_id: int
    market: Market
    strategy: int


def a_life() -> Life:
    """Return a person who has used everything."""
    person, address = a_person(name=f"Zerlina {token_hex(8)}"), an_address()
    with origin.bind(origin.Origin(address=address, user_agent="Netscape")):
        access_token, api_key = _in_users(person, address)
        account_id, follow_id, market, strategy = _in_trading(person)
        _in_notifications(person)
        _in_the_audit_logs(person)
    known_by = (person.email, person.name, address)
    return Life(person, *known_by, access_token, api_key, account_id, follow_id, market, strategy)


def _in_users(person: User, address: str) -> tuple[str, str]:
    _log_in(person, address)
    EmailAddress.objects.create(user=person, email=f"second-{person.email}", verified=False)
    TOTP.activate(person, TOTP_SECRET)
    _log_in(person, address)
    tokens = tokens_of(person, proved=True)
    document, _ = ConsentDocument.objects.get_or_create(kind=ConsentKind.TERMS, defaults={"version": "1"})
    give_consent(person.pk, kind=ConsentKind.TERMS, version=document.version)
    _touched_by_staff(person)
    Activity.objects.create(user=person, kind=ActivityKind.LOGIN, source_id=str(uuid7()), summary="Logged in.")
    order_mail(MailKind.RESET_PASSWORD, address=person.email, user_id=person.pk, link="https://example.com/secret-link")
    change_standing([person.pk], plan="pro", features={"trading.auto_execute": True})
    key = create_key(person.pk, name=f"Laptop of {person.name}", scopes=[Scope.SIGNALS_READ])
    request_export(person.pk)
    return tokens.access, key.text


def _log_in(person: User, address: str) -> None:
    """Log in; with a second factor the login is left unfinished."""
    browser = AccountClient()
    browser.http = Client(REMOTE_ADDR=address, headers={"User-Agent": "Netscape"})
    assert browser.log_in(person.email).status_code in (200, 401)


def _touched_by_staff(person: User) -> None:
    """Leave what the admin writes down of a change."""
    staff = a_person(is_staff=True)
    added = [{"added": {"name": "e-mail address", "object": f"second-{person.email}"}}]
    LogEntry.objects.create(
        user=staff,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(person.pk),
        object_repr=str(person),
        action_flag=CHANGE,
        change_message=added,
    )


def _in_trading(person: User) -> tuple[int, int, Market, int]:
    entitle(person.pk)
    market, strategy = Market(f"LIFE{person.pk.hex[-8:].upper()}"), new_strategy()
    new = trading.NewAccount(person.pk, f"{person.name}'s paper", "USDT", deposit=Decimal(10_000))
    (account_id,) = trading.open_accounts([new])
    trading.keep_credential(
        person.pk, venue="binance", label=f"{person.name} main", secrets=trading.Secrets(key="key-1234", secret="hush")
    )
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
    for alias in CONTEXTS_THAT_KNOW_PEOPLE:
        with transaction.atomic(using=alias):
            record_entry(
                action="test.deed",
                using=alias,
                subject=person.pk,
                personal={"name": person.name, "email": person.email},
            )

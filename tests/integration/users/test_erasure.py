"""Erasing a person leaves nothing by which they are known, keeps the books, and holds whatever comes twice or late."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import TestCase
from rest_framework.test import APIClient

from apps.contracts.events.users import UserErased, UserSubscriptionChanged
from apps.kernel.audit.models import AuditEntry
from apps.kernel.audit.subject_keys import open_personal
from apps.kernel.audit.verifying import verify
from apps.kernel.events import codec
from apps.kernel.inbox.handling import handle
from apps.kernel.ledger.verify import unbalanced_transactions
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.redis_client import client as redis
from apps.notifications import services as notifications
from apps.notifications import streams
from apps.notifications.handlers import tell_traders
from apps.notifications.models import ErasedPerson, Notification
from apps.notifications.services.erasure import CLOSE_STREAMS_TASK
from apps.trading import services as trading
from apps.trading.models import Account, Decision, Entitlement, Follow, Order, Position, VenueCredential
from apps.trading.selectors import mismatched_accounts
from apps.users.errors import ErasureNotConfirmed, StaffNotErased
from apps.users.models import Activity, ApiKey, Export, Mail, Standing, TokenFamily, User
from apps.users.rules.deeds import Deed
from apps.users.services import change_standing, erase_at_own_wish, erase_person, erasure, forget_sessions, sessions
from apps.users.services.activity import remember_deeds
from tests.support.accounts import AccountClient
from tests.support.entitlements import NewStanding
from tests.support.lives import CONTEXTS_THAT_KNOW_PEOPLE, a_life
from tests.support.messaging import (
    DATABASE_OF,
    Dispatched,
    arrived,
    intake_of,
    relay_all,
    take_in_all,
)
from tests.support.people import a_person, an_address, client_of
from tests.support.traces import traces_of
from tests.support.trades import a_fill, sealed
from workers import subscriptions

DATABASES = ["default", "signals", "trading", "notifications", "payments", "education"]
LISTENING = [one for one in subscriptions.SUBSCRIPTIONS if one.event is UserErased]
ERASURE = "/api/v1/me/erasure"

pytestmark = pytest.mark.integration
rolled_back = pytest.mark.django_db(databases=DATABASES)


def _facts():
    rows = OutboxMessage.objects.using("default").filter(name="user.erased").order_by("id")
    return [event for row in rows for event in codec.decode(row.body, content_type=codec.EVENT_CONTENT_TYPE)]


def _let_all_hear():
    """Bring the erasures on record to every context, as relay, intake and workers would, to the last task."""
    for one in LISTENING:
        using = DATABASE_OF[one.context]
        with TestCase.captureOnCommitCallbacks(using=using, execute=True):
            handle(one.handler, arrived(*_facts(), handler=one.handler, queue=one.queue, using=using), using=using)
    for row in OutboxMessage.objects.using("notifications").filter(name=CLOSE_STREAMS_TASK):
        notifications.close_streams(*json.loads(row.body))


def _chained():
    """Have the audit entries of this test take their places, as a commit would."""
    for alias in CONTEXTS_THAT_KNOW_PEOPLE:
        with connections[alias].cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def life(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        return a_life()


@pytest.fixture
def erase(django_capture_on_commit_callbacks):
    def do(person):
        with django_capture_on_commit_callbacks(execute=True):
            erase_person(person.pk)

    return do


@rolled_back
def test_afterwards_nothing_leads_to_the_person(life, erase, desk):
    page = f"/admin/users/user/{life.person.pk}/change/"
    values = {name: getattr(life.person, name) for name in ("email", "locale", "time_zone", "base_currency")}
    assert desk.post(page, {**values, "name": f"{life.name} the Second", "is_active": "on"}).status_code == 302
    known_by = (life.email, life.name, life.address, life.email.partition("@")[0])
    before = traces_of(*known_by)
    for place in (
        "users_user",
        "account_emailaddress",
        "usersessions_usersession",
        "users_api_key",
        "django_admin_log",
    ):
        assert f"default: {place}" in before
    assert {"trading: trading_account", "trading: trading_venuecredential"} <= set(before)
    assert any(place.startswith("session ") for place in before)
    assert any(place.startswith("redis: ") for place in before)
    erase(life.person)
    _let_all_hear()
    assert traces_of(*known_by) == []


@rolled_back
def test_what_is_theirs_alone_is_gone_and_the_rest_is_nobodys(life, erase):
    erase(life.person)
    _let_all_hear()
    person = User.objects.get(pk=life.person.pk)
    assert (person.email, person.name) == (f"erased-{person.pk}@erased.invalid", "")
    assert not person.is_active
    assert not person.has_usable_password()
    assert person.erased_at is not None
    for model in (EmailAddress, ApiKey, Activity, Mail, Export, TokenFamily, Standing):
        assert not model.objects.filter(user=person).exists(), model
    assert not VenueCredential.objects.filter(user_id=person.pk).exists()
    assert not Notification.objects.filter(user_id=person.pk).exists()
    assert redis().exists(streams.key_of(person.pk), streams.listener_key_of(person.pk)) == 0


@rolled_back
def test_books_balance_and_the_audit_log_verifies_and_says_erased(life, erase):
    erase(life.person)
    _let_all_hear()
    _chained()
    assert unbalanced_transactions(using="trading") == 0
    assert life.account_id not in mismatched_accounts()
    assert Order.objects.filter(account=life.account_id, status="filled").count() == 1
    for alias in CONTEXTS_THAT_KNOW_PEOPLE:
        assert verify(alias).fault is None
        entries = list(AuditEntry.objects.using(alias).filter(subject=life.person.pk, action="test.deed"))
        open_personal(entries, using=alias)
        assert [entry.opened for entry in entries] == [None]
    assert AuditEntry.objects.using("default").filter(action="person.erased", subject=life.person.pk).count() == 1


@rolled_back
def test_tokens_and_keys_stop_at_once(life, erase):
    bearer = APIClient(REMOTE_ADDR=an_address(), headers={"Authorization": f"Bearer {life.access_token}"})
    program = APIClient(REMOTE_ADDR=an_address(), headers={"X-API-Key": life.api_key})
    assert [bearer.get("/api/v1/me").status_code, program.get("/api/v1/strategies").status_code] == [200, 200]
    keys = list(UserSession.objects.filter(user=life.person).values_list("session_key", flat=True))
    assert Session.objects.filter(pk__in=keys).exists()
    erase(life.person)
    assert not Session.objects.filter(pk__in=keys).exists()
    assert [bearer.get("/api/v1/me").status_code, program.get("/api/v1/strategies").status_code] == [401, 401]
    assert AccountClient().log_in(life.email).status_code == 400


@rolled_back
def test_a_person_erases_themselves_by_a_fresh_proof_and_their_address():
    person = a_person()
    stale = client_of(person).post(ERASURE, {"email": person.email})
    assert (stale.status_code, stale.json()["type"]) == (403, "urn:treum:problem:reauthentication_required")
    client = client_of(person, proved=True)
    wrong = client.post(ERASURE, {"email": "somebody@example.com"})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:treum:problem:erasure_not_confirmed")
    assert _facts() == []
    answer = client.post(ERASURE, {"email": person.email.upper()})
    assert answer.status_code == 202
    assert [event.data.user_id for event in _facts()] == [person.pk]
    assert client.get("/api/v1/me").status_code == 401


@rolled_back
def test_an_address_can_be_used_for_a_new_account_afterwards():
    person = a_person()
    erase_person(person.pk)
    again = AccountClient().call("POST", "/auth/signup", {"email": person.email, "password": "a long new passphrase"})
    assert again.status_code == 401  # the address is to be verified
    assert User.objects.get(email=person.email).pk != person.pk
    assert Mail.objects.latest("created_at").kind == "confirm_sign_up"


@rolled_back
@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}], ids=["staff", "superuser"])
def test_staff_cannot_be_erased_while_they_are_staff(rights):
    person = a_person(**rights)
    with pytest.raises(StaffNotErased):
        erase_person(person.pk)
    answer = client_of(person, proved=True).post(ERASURE, {"email": person.email})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:treum:problem:staff_not_erased")
    assert _facts() == []


def _press(desk, people, **more):
    posted = {"action": "erase", "_selected_action": [str(person.pk) for person in people], **more}
    return desk.post("/admin/users/user/", posted, follow=True)


@rolled_back
def test_staff_erase_who_asked_for_it_after_being_asked_themselves(desk):
    person = a_person()
    asked = _press(desk, [person])
    assert "erased for good" in asked.content.decode()
    assert _facts() == []
    assert "1 erased." in _press(desk, [person], confirmed="yes").content.decode()
    assert [event.data.user_id for event in _facts()] == [person.pk]
    entry = AuditEntry.objects.using("default").get(action="person.erased", subject=person.pk)
    assert entry.actor == f"user:{desk.session['_auth_user_id']}"
    assert desk.get(f"/admin/users/user/{person.pk}/change/").context["has_change_permission"] is False


@rolled_back
def test_staff_erase_no_staff_and_nobody_beside_them(desk):
    person, colleague = a_person(), a_person(is_staff=True)
    answer = _press(desk, [person, colleague], confirmed="yes")
    assert "have the staff rights taken away first" in answer.content.decode()
    assert _facts() == []


@rolled_back
def test_whoever_may_not_erase_is_not_offered_it(client):
    staff = a_person(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(staff)
    person = a_person()
    answer = _press(client, [person], confirmed="yes")
    assert person.email in answer.content.decode()
    assert "Erase people" not in answer.content.decode()
    assert _facts() == []


@rolled_back
def test_erasing_twice_is_stated_once():
    person = a_person()
    assert erase_person(person.pk) == erase_at_own_wish(person.pk, confirmed_with="whatever")
    assert len(_facts()) == 1
    with pytest.raises(ErasureNotConfirmed):
        erase_at_own_wish(a_person().pk, confirmed_with="whatever")


@rolled_back
def test_what_fails_in_the_middle_erases_nothing(monkeypatch):
    person = a_person()

    def fail(*events, using):
        raise RuntimeError("the process dies here")

    monkeypatch.setattr(erasure, "record", fail)
    with pytest.raises(RuntimeError):
        erase_person(person.pk)
    person.refresh_from_db()
    assert (person.erased_at, person.is_active) == (None, True)
    assert EmailAddress.objects.filter(user=person).exists()


@rolled_back
def test_hearing_of_it_twice_changes_nothing(life, erase):
    erase(life.person)
    _let_all_hear()
    follows = list(Follow.objects.filter(user_id=life.person.pk).values())
    _let_all_hear()
    assert list(Follow.objects.filter(user_id=life.person.pk).values()) == follows
    for one in LISTENING:
        one.handler(_facts())
    assert list(Follow.objects.filter(user_id=life.person.pk).values()) == follows


@rolled_back
def test_what_is_heard_later_brings_nothing_back(life, erase):
    user_id = life.person.pk
    late = UserSubscriptionChanged(
        user_id=user_id, standing_version=9, plan="pro", status="active",
        features={"trading.auto_execute": True}, valid_until=None,
    )  # fmt: skip
    erase(life.person)
    _let_all_hear()
    for one in subscriptions.SUBSCRIPTIONS:
        if one.event is UserSubscriptionChanged:
            one.handler(sealed(late))
    entitlement = Entitlement.objects.get(pk=user_id)
    assert (entitlement.auto_execute, entitlement.features) == (False, {})
    tell_traders(sealed(a_fill(user_id), a_fill(a_person().pk)))
    assert Notification.objects.filter(user_id=user_id).count() == 0
    assert Notification.objects.count() == 1
    assert change_standing([user_id], plan="pro", features={}) == 0
    remember_deeds([Deed(user_id=user_id, kind="login", source_id="x", summary="Logged in.", at=_facts()[0].time)])
    assert not Activity.objects.filter(user_id=user_id).exists()


@rolled_back
def test_an_entitlement_heard_of_after_the_erasure_alone_makes_nobody_trade():
    person = a_person()
    erase_person(person.pk)
    _let_all_hear()
    trading.remember_standings([trading_standing(person.pk)])
    assert not Entitlement.objects.get(pk=person.pk).auto_execute


def trading_standing(user_id):
    return NewStanding(user_id, 1, {"trading.auto_execute": True}, None)


@rolled_back
def test_entries_stop_and_exits_go_on(life, erase):
    erase(life.person)
    _let_all_hear()
    follow, account = Follow.objects.get(pk=life.follow_id), Account.objects.get(pk=life.account_id)
    assert (follow.state, account.kill_switch, account.status) == ("paused", "REDUCING", "ACTIVE")
    late = {"label": "late", "key": "late", "secret": "later", "key_hint": "late"}
    VenueCredential.objects.create(user_id=life.person.pk, venue="binance", **late)
    assert trading.close_accounts_of_the_erased() == 0
    assert not VenueCredential.objects.filter(user_id=life.person.pk).exists()
    trading.note_signals([life.market.signal(life.strategy, "sell")])
    assert Position.objects.get(follow=follow).qty == 0
    assert Decision.objects.filter(follow=follow).order_by("-execution").first().code == "executed"
    trading.note_signals([life.market.signal(life.strategy, "buy")])
    assert Position.objects.get(follow=follow).qty == 0
    assert trading.close_accounts_of_the_erased() == 1
    follow.refresh_from_db()
    account.refresh_from_db()
    assert (follow.state, account.status) == ("ended", "CLOSED")
    assert trading.close_accounts_of_the_erased() == 0
    assert life.account_id not in mismatched_accounts()


@rolled_back
def test_an_order_that_waits_to_buy_is_cancelled_and_its_cash_given_back(life, erase):
    other = a_life()
    market, strategy = other.market, other.strategy
    trading.note_signals([market.signal(strategy, "sell")])
    market.show(100, 100, None)
    trading.note_signals([market.signal(strategy, "buy")])
    waiting = Order.objects.get(account=other.account_id, status="accepted")
    erase(other.person)
    _let_all_hear()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.cancel_reason) == ("canceled", "USER_REQUEST")
    assert Follow.objects.get(pk=other.follow_id).state == "ended"
    assert other.account_id not in mismatched_accounts()
    assert OutboxMessage.objects.using("trading").filter(name="follow.ended").count() == 1
    assert Follow.objects.get(pk=life.follow_id).state == "active"


@rolled_back
def test_logins_that_were_never_finished_go_too(life, erase):
    erase(life.person)
    unfinished = [one for one in Session.objects.all() if str(life.person.pk) in str(one.get_decoded())]
    assert unfinished
    stranger = Session.objects.create(session_key="stranger", session_data="", expire_date=life.person.created_at)
    assert forget_sessions([life.person.pk]) == len(unfinished)
    assert list(Session.objects.filter(pk=stranger.pk)) == [stranger]


@pytest.fixture
def committed(messaging):
    """A person who is really there, for what takes several connections."""
    person = a_person()
    trading.remember_standings([trading_standing(person.pk)])
    yield person
    User.objects.filter(pk=person.pk).delete()
    Entitlement.objects.filter(pk=person.pk).delete()
    ErasedPerson.objects.filter(pk=person.pk).delete()


def test_two_erasures_at_once_are_one(committed):
    def erase():
        try:
            return erase_person(committed.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        moments = {future.result() for future in [pool.submit(erase) for _ in range(8)]}
    assert len(moments) == 1
    assert len(_facts()) == 1


def test_a_notification_that_is_being_made_is_erased_or_never_made(committed):
    def tell():
        try:
            for _ in range(20):
                tell_traders(sealed(a_fill(committed.pk)))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        telling = [pool.submit(tell) for _ in range(4)]
        notifications.erase_people([committed.pk])
        for future in telling:
            future.result()
    assert not Notification.objects.filter(user_id=committed.pk).exists()


class _Killed(BaseException):
    """What a process feels of SIGKILL, if it could feel it."""


def test_who_is_killed_after_the_commit_has_erased_everywhere(committed, broker, monkeypatch):
    def die(keys):
        raise _Killed

    monkeypatch.setattr(sessions, "_forget_cached", die)
    with pytest.raises(_Killed):
        erase_person(committed.pk)
    assert Entitlement.objects.get(pk=committed.pk).auto_execute
    monkeypatch.undo()
    relay_all(broker, "default")
    for one in LISTENING:
        dispatched = Dispatched()
        intake = intake_of(broker, one, dispatch=dispatched, context=one.context)
        take_in_all(intake, broker, one.queue)
        assert dispatched.run(one.handler) == 1
    assert not Entitlement.objects.get(pk=committed.pk).auto_execute
    assert ErasedPerson.objects.filter(pk=committed.pk).exists()

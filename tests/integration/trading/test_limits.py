"""What trading allows by plan: how many follows, accounts at a venue, and how soon decisions are shown."""

from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.trading import services
from apps.trading.enums import Sizing
from apps.trading.errors import TooManyFollows
from apps.trading.models import Decision, Entitlement, Execution, Follow
from tests.support.entitlements import NewStanding, may_trade
from tests.support.market import Market, new_strategy, work
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "trading"])]

_numbers = count(1)
TERMS = services.Terms(sizing=Sizing.FIXED_NOTIONAL, sizing_value=Decimal(100))


def account_of(user_id):
    new = services.NewAccount(user_id, "Paper", "USDT", deposit=Decimal(10_000))
    return services.open_accounts([new])[0]


def follow(user_id, account_id, strategy_id):
    services.ensure_rosters({strategy_id: f"s{strategy_id}"})
    return services.follow_strategy(services.NewFollow(account_id, TERMS), user_id=user_id, strategy_id=strategy_id)


@pytest.mark.parametrize(
    ("plan", "limit"),
    [
        pytest.param(None, 1, id="nothing stated"),
        pytest.param("free", 1, id="free"),
        pytest.param("basic", 3, id="basic"),
    ],
)
def test_one_follow_more_than_the_plan_brings_is_refused(plan, limit):
    user = uuid7()
    if plan:
        may_trade(user, plan=plan)
    account = account_of(user)
    for _ in range(limit):
        follow(user, account, new_strategy())
    with pytest.raises(TooManyFollows, match=f"follow {limit} at once"):
        follow(user, account, new_strategy())
    assert Follow.objects.filter(user_id=user).count() == limit


def test_a_standing_that_is_over_brings_no_more_than_the_least():
    user = uuid7()
    may_trade(user, plan="basic", until=now())
    account = account_of(user)
    follow(user, account, new_strategy())
    with pytest.raises(TooManyFollows):
        follow(user, account, new_strategy())


def test_after_a_downgrade_the_oldest_follows_go_on_and_an_upgrade_brings_the_others_back():
    user = uuid7()
    may_trade(user, plan="pro")
    account = account_of(user)
    strategies = [new_strategy() for _ in range(5)]
    follows = [follow(user, account, strategy) for strategy in strategies]
    may_trade(user, plan="basic", version=2)
    services.pause_follow(follows[1])
    assert entering(strategies) == [follows[0], follows[2]]
    services.end_follow(follows[1])
    assert entering(strategies) == [follows[0], follows[2], follows[3]]
    may_trade(user, plan="pro", version=3)
    assert entering(strategies) == [follows[0], *follows[2:]]


@pytest.mark.parametrize("limit", ["2", True, None, -1])
def test_a_limit_that_is_none_is_the_least(limit):
    user = uuid7()
    may_trade(user, plan="pro")
    account, strategies = account_of(user), [new_strategy() for _ in range(3)]
    follows = [follow(user, account, strategy) for strategy in strategies]
    features = {"trading.auto_execute": True, "trading.max_follows": limit}
    services.remember_standings([NewStanding(user, 2, features, None)])
    assert entering(strategies) == follows[:1]
    with pytest.raises(TooManyFollows, match="follow 1 at once"):
        follow(user, account, new_strategy())


def test_a_follow_with_as_many_older_ones_as_the_plan_brings_is_not_resumed():
    user = uuid7()
    may_trade(user, plan="pro")
    account = account_of(user)
    follows = [follow(user, account, new_strategy()) for _ in range(2)]
    for one in follows:
        services.pause_follow(one)
    may_trade(user, plan="free", version=2)
    services.resume_follow(follows[0])
    with pytest.raises(TooManyFollows, match="follow 1 at once"):
        services.resume_follow(follows[1])
    states = Follow.objects.filter(pk__in=follows).order_by("pk").values_list("state", flat=True)
    assert list(states) == ["active", "paused"]


def test_sizing_by_the_stop_needs_to_be_shown_it():
    user, strategy = uuid7(), new_strategy()
    services.remember_standings([NewStanding(user, 1, {"trading.auto_execute": True}, None)])
    services.ensure_rosters({strategy: f"s{strategy}"})
    terms = services.Terms(sizing=Sizing.RISK_TO_STOP, sizing_value=Decimal(1))
    new = services.NewFollow(account_of(user), terms)
    services.follow_strategy(new, user_id=user, strategy_id=strategy)
    market = Market(f"STOP{strategy}-USDT")
    speak(market, strategy, "buy", stop=90)
    features = {"trading.auto_execute": True, "signals.targets": True}
    services.remember_standings([NewStanding(user, 2, features, None)])
    speak(market, strategy, "buy", stop=90)
    codes = Decision.objects.filter(follow__user_id=user).order_by("execution_id").values_list("code", flat=True)
    assert list(codes) == ["ENTITLEMENT_MISSING", "executed"]


def test_a_follow_beyond_the_limit_takes_no_entries_but_its_exits():
    user = uuid7()
    may_trade(user, plan="pro")
    account = account_of(user)
    follow(user, account, new_strategy())
    strategy = new_strategy()
    second = follow(user, account, strategy)
    market = Market("LIMIT-USDT")
    speak(market, strategy, "buy")
    may_trade(user, plan="free", version=2)
    Entitlement.objects.filter(pk=user).update(auto_execute=True)
    speak(market, strategy, "sell")
    speak(market, strategy, "buy")
    codes = Decision.objects.filter(follow=second).order_by("execution_id").values_list("code", flat=True)
    assert list(codes) == ["executed", "executed", "ENTITLEMENT_MISSING"]


def test_a_decision_is_shown_no_sooner_than_its_signal():
    person = a_person()
    may_trade(person.pk, plan="free")
    account, strategy = account_of(person.pk), new_strategy()
    follow(person.pk, account, strategy)
    speak(Market("LATE-USDT"), strategy, "buy")
    client = client_of(person)
    assert client.get("/api/v1/decisions").json()["results"] == []
    Execution.objects.update(noted_at=now() - timedelta(minutes=61))
    (shown,) = client.get("/api/v1/decisions").json()["results"]
    assert shown["code"] == "ENTITLEMENT_MISSING"


def test_a_person_opens_paper_accounts_up_to_a_limit(settings):
    settings.TREUM_TRADING_PAPER_ACCOUNTS = 2
    client = client_of(a_person())
    opened = [open_one(client, body={"name": f"Paper {n}", "currency": "USDT"}) for n in range(3)]
    assert [answer.status_code for answer in opened] == [201, 201, 409]
    assert opened[0].json()["cash"] == "10000"


def test_a_name_is_for_one_account():
    client = client_of(a_person())
    assert [open_one(client).status_code for _ in range(2)] == [201, 409]


def test_an_account_is_opened_once_for_each_key():
    client = client_of(a_person())
    first, second = open_one(client, key="k"), open_one(client, key="k")
    assert first.json()["id"] == second.json()["id"]
    assert len(client.get("/api/v1/accounts").json()["results"]) == 1
    assert client.post("/api/v1/accounts", {"name": "x", "currency": "USDT"}).status_code == 400


@pytest.mark.parametrize(
    "body", [{"name": "x", "currency": "XXX"}, {"currency": "USDT"}, {"name": "", "currency": "USD"}]
)
def test_an_account_that_cannot_be_is_refused(body):
    assert open_one(client_of(a_person()), body=body).status_code == 400


def test_a_key_of_a_venue_needs_live_trading():
    person = a_person()
    may_trade(person.pk, plan="basic")
    new = {"venue": "okx", "label": "Main", "key": "the-public-key", "secret": "the-secret", "passphrase": "pass"}
    answer = client_of(person, proved=True).post("/api/v1/venue-credentials", new)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:treum:problem:not_in_plan")
    may_trade(person.pk, plan="pro", version=2)
    assert client_of(person, proved=True).post("/api/v1/venue-credentials", new).status_code == 201


def speak(market, strategy, side, **how):
    market.show(100, 100, 100)
    services.note_signals([market.signal(strategy, side, **how)])
    work()


def entering(strategies):
    """Let strategies say BUY, each on a symbol of its own, and return the follows that their plan lets enter."""
    before = set(Decision.objects.values_list("execution_id", flat=True))
    for strategy in strategies:
        speak(Market(f"IN{next(_numbers)}-USDT"), strategy, "buy")
    made = Decision.objects.exclude(execution_id__in=before).order_by("follow_id")
    assert set(made.values_list("code", flat=True)) <= {"executed", "ENTITLEMENT_MISSING"}
    return list(made.filter(code="executed").values_list("follow_id", flat=True))


def open_one(client, *, key=None, body=None):
    headers = {"Idempotency-Key": key or str(uuid7())}
    return client.post("/api/v1/accounts", body or {"name": "Paper", "currency": "USDT"}, headers=headers)

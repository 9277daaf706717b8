"""Staff turn kill switches and end follows in the admin, by the services that everyone uses, and it is written down."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.trading import services
from apps.trading.enums import Sizing
from apps.trading.models import Account, Follow, PlatformSwitch, StrategyRoster
from tests.support.market import Market, new_strategy, open_account
from tests.support.people import a_person

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "trading"])]


@pytest.fixture
def strategy():
    return new_strategy()


@pytest.fixture
def account():
    return open_account()


@pytest.fixture
def follow(account, strategy):
    terms = services.Terms(Sizing.FIXED_NOTIONAL, Decimal(100))
    return services.follow_strategies([services.NewFollow(account, terms)], strategy_id=strategy)[0]


def act(desk, model, action, *keys):
    """Choose rows in a list and run an action on them; return the messages that staff then read."""
    address = reverse(f"admin:trading_{model}_changelist")
    page = desk.post(address, {"action": action, "_selected_action": keys}, follow=True)
    assert page.status_code == 200
    return [str(message) for message in page.context["messages"]]


@pytest.mark.parametrize(
    "model", ["platformswitch", "strategyroster", "account", "follow", "execution", "order", "entitlement"]
)
def test_every_list_can_be_read(model, desk, follow):
    assert desk.get(reverse(f"admin:trading_{model}_changelist")).status_code == 200


def test_the_platform_is_halted_without_preparation(desk, staff):
    said = act(desk, "platformswitch", "set_halted", 1)
    assert said == ["1 set to HALTED, 0 open orders cancelled."]
    switch = PlatformSwitch.objects.get()
    assert (switch.kill_switch, switch.changed_by) == ("HALTED", f"user:{staff.pk}")


def test_a_strategy_is_set_to_exits_only(desk, strategy, follow):
    act(desk, "strategyroster", "set_reducing", strategy)
    assert StrategyRoster.objects.get(pk=strategy).kill_switch == "REDUCING"


def test_halting_an_account_cancels_its_open_orders_and_is_written_down(desk, staff, account, strategy, follow):
    market = Market(f"T{strategy}-USDT")
    market.show(99, 100, None)
    services.note_signals([market.signal(strategy, "buy")])
    assert act(desk, "account", "set_halted", account) == ["1 set to HALTED, 1 open orders cancelled."]
    assert Account.objects.get(pk=account).kill_switch == "HALTED"
    entry = LogEntry.objects.get(object_id=str(account), user=staff)
    assert entry.get_change_message() == "Kill switch set to HALTED."


def test_follows_are_paused_resumed_and_ended(desk, follow):
    for action, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert act(desk, "follow", action, follow) == [f"1 set to {state}."]
        assert Follow.objects.get(pk=follow).state == state
    assert act(desk, "follow", "resume", follow)[0].startswith(f"Follow {follow} has ended")


def test_what_holds_something_is_not_ended(desk, account, strategy, follow):
    market = Market(f"T{strategy}-USDT")
    market.show(99, 100, 101)
    services.note_signals([market.signal(strategy, "buy")])
    refusal, summary = act(desk, "follow", "end", follow)
    assert refusal.startswith(f"Follow {follow} still holds a position")
    assert summary == "0 set to ended."
    assert Follow.objects.get(pk=follow).state == "active"


def test_who_may_only_look_may_turn_nothing(client, account):
    looker = a_person(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_account", content_type__app_label="trading"))
    client.force_login(looker)
    act(client, "account", "set_halted", account)
    assert Account.objects.get(pk=account).kill_switch == "ACTIVE"

"""Rules cannot contradict themselves, and nothing passes without one."""

import pytest

from apps.kernel.gateway.policy import Idempotency, RateClass, Rule, RuleInvalid, Who, rule_of, rules_of
from apps.kernel.gateway.scopes import Scope


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"who": Who.USER, "atomic": True}, id="a transaction of no database"),
        pytest.param({"who": Who.USER, "idempotency": Idempotency.ACCEPTED}, id="an answer kept in no database"),
        pytest.param(
            {"who": Who.USER, "idempotency": Idempotency.REQUIRED, "atomic": True, "database": "default"},
            id="two transactions",
        ),
        pytest.param(
            {"who": Who.PUBLIC, "idempotency": Idempotency.ACCEPTED, "database": "default"}, id="a key of nobody"
        ),
        pytest.param({"who": Who.STAFF, "scope": Scope.ACCOUNT_READ}, id="a key as staff"),
        pytest.param({"who": Who.USER, "scope": Scope.TRADING_WRITE, "step_up": True}, id="a key that steps up"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(fields):
    with pytest.raises(RuleInvalid):
        Rule(rate=RateClass.READ, **fields)


def test_a_namespace_has_one_line_for_all_its_routes():
    assert rules_of("admin:users_user_changelist") == rules_of("admin:index") != {}


def test_what_has_no_line_has_no_rule():
    assert rules_of("nothing-like-it") == {}
    assert rules_of("") == {}
    assert rule_of("me", "TRACE") is None


def test_head_goes_by_the_rule_of_get():
    assert rule_of("me", "HEAD") is rule_of("me", "GET") is not None


def test_every_scope_says_what_it_allows():
    assert all(scope.sentence.endswith(".") for scope in Scope)
    assert len({scope.sentence for scope in Scope}) == len(Scope)

"""The copies of people's standings: each context keeps the newest, in whatever order they come."""

from itertools import permutations

import pytest

from apps.contracts.events.users import UserErased, UserSubscriptionChanged
from apps.education import handlers as education
from apps.education.models import Entitlement as EducationEntitlement
from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.payments.seeds import PLANS
from apps.signals import handlers as signals
from apps.signals.models import Entitlement as SignalsEntitlement
from apps.trading import handlers as trading
from apps.trading.models import Entitlement as TradingEntitlement
from tests.support.trades import sealed

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["education", "signals", "trading"]),
]

COPIES = {
    "signals": (
        signals.update_entitlement,
        SignalsEntitlement,
        {"realtime": True, "delay_minutes": 0, "targets": True},
    ),
    "trading": (
        trading.update_entitlement,
        TradingEntitlement,
        {"auto_execute": True, "features": PLANS["pro"]["features"]},
    ),
    "education": (education.update_entitlement, EducationEntitlement, {"tier": "pro"}),
}


@pytest.mark.parametrize("context", COPIES)
@pytest.mark.parametrize("order", list(permutations((1, 2, 3))), ids=str)
def test_late_and_doubled_standings_do_no_harm(context, order):
    handler, copy, expected = COPIES[context]
    user = uuid7()
    stated = {version: standing(user, version, plan) for version, plan in ((1, "free"), (2, "basic"), (3, "pro"))}

    for version in (*order, *order):
        handler([stated[version]])
    handler([stated[version] for version in order])

    kept = copy.objects.get(pk=user)
    assert kept.standing_version == 3
    assert kept.valid_until == stated[3].data.valid_until
    assert {name: getattr(kept, name) for name in expected} == expected


@pytest.mark.parametrize("value", [None, 3, True, ["pro"]])
def test_a_tier_that_is_no_text_opens_nothing(value):
    user = uuid7()
    event = UserSubscriptionChanged.model_construct(
        **standing(user, 1, "pro").data.model_dump() | {"features": {"education.tier": value}}
    )
    education.update_entitlement(sealed(event))
    assert EducationEntitlement.objects.get(pk=user).tier == ""


def test_education_forgets_people_who_are_erased():
    gone, other = uuid7(), uuid7()
    education.update_entitlement([standing(user, 1, "pro") for user in (gone, other)])
    for _ in range(2):
        education.forget_people(sealed(UserErased(user_id=gone, erased_at=now())))
    assert list(EducationEntitlement.objects.values_list("pk", flat=True)) == [other]


def standing(user, version, plan):
    """Return the event that states a person's standing, in its envelope."""
    (envelope,) = sealed(
        UserSubscriptionChanged(
            user_id=user,
            standing_version=version,
            plan=plan,
            status="active",
            features=PLANS[plan]["features"],
            valid_until=now(),
        )
    )
    return envelope

"""The people of the benchmarks: what their plan brings."""

from uuid import UUID

from apps.contracts.events.users import UserSubscriptionChanged
from apps.payments.seeds import PLANS


def on_plan(user_id: UUID, plan: str = "pro") -> UserSubscriptionChanged:
    """Return the event that states a person's plan."""
    return UserSubscriptionChanged(
        user_id=user_id,
        standing_version=1,
        plan=plan,
        status="active",
        features=PLANS[plan]["features"],
        valid_until=None,
    )

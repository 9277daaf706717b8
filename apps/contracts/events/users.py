"""Facts that the users context states about people and their standing."""

from uuid import UUID

from apps.kernel.events.base import Event, Moment


class SubscriptionChanged(Event, type="user.subscription.changed", version=1, owner="users"):
    """A person's standing changed. `features` is the whole of what they may use from now on, never a difference.

    `standing_version` grows with each change of the person, so that a late or doubled event does no harm.
    """

    user_id: UUID
    standing_version: int
    plan: str
    status: str
    features: dict[str, str | int | bool]
    valid_until: Moment | None

    def subject(self) -> str:
        return f"user/{self.user_id}"

    def sequence_number(self) -> int:
        return self.standing_version

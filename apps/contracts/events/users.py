"""Facts that the users context states about people and their standing."""

from uuid import UUID

from apps.kernel.events.base import Event, Moment


class UserSubscriptionChanged(Event, type="user.subscription.changed", version=1, owner="users"):
    """A person's standing changed. `features` is the whole of what they may use from now on, never a difference.

    `standing_version` grows with each change of the person, so that a late or doubled event does no harm. After
    `valid_until` nobody honours the features. `current_period_end` is the end of what was paid for, or of the trial;
    it is null for those who have no subscription.
    """

    user_id: UUID
    standing_version: int
    plan: str
    status: str
    features: dict[str, str | int | bool]
    valid_until: Moment | None
    current_period_end: Moment | None = None
    cancel_at_period_end: bool = False

    def subject(self) -> str:
        return f"user/{self.user_id}"

    def sequence_number(self) -> int:
        return self.standing_version


class UserRegistered(Event, type="user.registered", version=1, owner="users"):
    """Someone made an account. Nothing personal travels: who they are is asked of users."""

    user_id: UUID
    registered_at: Moment

    def subject(self) -> str:
        return f"user/{self.user_id}"


class UserLoggedIn(Event, type="user.logged_in", version=1, owner="users"):
    """Someone logged in, with every factor that their account asks for."""

    user_id: UUID
    login_id: UUID
    logged_in_at: Moment

    def subject(self) -> str:
        return f"user/{self.user_id}"


class UserErased(Event, type="user.erased", version=1, owner="users"):
    """Someone had themselves erased. Whoever keeps something personal about them deletes or pseudonymises it."""

    user_id: UUID
    erased_at: Moment

    def subject(self) -> str:
        return f"user/{self.user_id}"


class MailRequested(Event, type="user.mail.requested", version=1, owner="users"):
    """A mail is to be sent. Its address and its one-time link are asked of users at the moment of sending."""

    mail_id: UUID
    user_id: UUID | None
    kind: str

    def subject(self) -> str:
        return f"mail/{self.mail_id}"

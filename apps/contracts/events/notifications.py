"""Facts that the notifications context states: what left for a person, outside of their screen."""

from uuid import UUID

from apps.kernel.events.base import Event, Moment


class MailSettled(Event, type="mail.settled", version=1, owner="notifications"):
    """A mail that users asked for has come to its end: sent, or given up. What users keep of it can be forgotten."""

    mail_id: UUID
    sent: bool
    settled_at: Moment

    def subject(self) -> str:
        return f"mail/{self.mail_id}"

"""Whom the notifications context asks for letters: the users context, which orders them."""

from uuid import UUID

from apps.notifications.ports import Letter
from apps.users.selectors import mail_to_send


class UsersMailroom:
    """The mails of users behind the port of notifications."""

    def letter(self, mail_id: UUID) -> Letter | None:
        """Return the letter of a mail, or None when there is no such mail any more."""
        mail = mail_to_send(mail_id)
        if mail is None:
            return None
        person = mail.user
        return Letter(
            kind=mail.kind,
            notice=mail.notice,
            locale="en" if person is None else person.locale,
            expires_at=mail.expires_at,
            address=mail.address,
            name="" if person is None else person.name,
            link=mail.link,
        )

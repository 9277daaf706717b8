"""Whom the notifications context asks for letters and readers: the users context, which orders and knows them."""

from uuid import UUID

from apps.notifications.ports import Letter, Reader
from apps.users.models import User
from apps.users.selectors import link_of, mail_to_send, person_to_write_to, reader_of


class UsersMailroom:
    """The mails of users behind the port of notifications."""

    def letter(self, mail_id: UUID) -> Letter | None:
        """Return the letter of a mail, or None when there is no such mail any more."""
        mail = mail_to_send(mail_id)
        if mail is None:
            return None
        person = mail.user or User()
        return Letter(
            kind=mail.kind,
            notice=mail.notice,
            locale=person.locale,
            time_zone=person.time_zone,
            ordered_at=mail.created_at,
            expires_at=mail.expires_at,
            address=mail.address,
            name=reader_of(mail),
            link=link_of(mail),
        )

    def reader(self, user_id: UUID) -> Reader | None:
        """Return who a person is for a letter, or None when there is no proved address of theirs."""
        person = person_to_write_to(user_id)
        if person is None:
            return None
        return Reader(locale=person.locale, time_zone=person.time_zone, address=person.email, name=person.name)

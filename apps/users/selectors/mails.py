"""Mails that were ordered, as whoever sends them asks for them."""

from uuid import UUID

from django.conf import settings

from apps.users.enums import MailKind
from apps.users.models import Mail

_TO_PROVED_ADDRESSES = (MailKind.RESET_PASSWORD, MailKind.SECURITY_NOTICE)


def mail_to_send(mail_id: UUID) -> Mail | None:
    """Return a mail with its person, or None when it has been sent, given up or forgotten."""
    return Mail.objects.select_related("user").filter(pk=mail_id).first()


def reader_of(mail: Mail) -> str:
    """Return the name that a mail may greet its reader by.

    It is empty where the address is not yet proved to be theirs: else anybody could have words of their own, which a
    name may hold, sent to strangers by us.
    """
    return mail.user.name if mail.user is not None and mail.kind in _TO_PROVED_ADDRESSES else ""


def link_of(mail: Mail) -> str:
    """Return where a mail leads: to its own link, or else to where a new password is chosen."""
    return mail.link or settings.HEADLESS_FRONTEND_URLS["account_reset_password"]

"""Mails that were ordered, as whoever sends them asks for them."""

from uuid import UUID

from apps.users.models import Mail


def mail_to_send(mail_id: UUID) -> Mail | None:
    """Return a mail with its person, or None when it has been sent, given up or forgotten."""
    return Mail.objects.select_related("user").filter(pk=mail_id).first()

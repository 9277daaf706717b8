"""Order mails: the row holds what is private, sealed; the event that asks for sending carries ids only."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from apps.contracts.events.users import MailRequested
from apps.kernel.clock import now
from apps.kernel.outbox.recorder import record
from apps.users.apps import DATABASE
from apps.users.enums import MailKind
from apps.users.models import Mail

LIFETIME = timedelta(days=1)


def order_mail(kind: MailKind, *, address: str, user_id: UUID | None, link: str = "", notice: str = "") -> UUID:
    """Note a mail and record `user.mail.requested` for it, in one transaction. Return the mail's id."""
    with transaction.atomic(using=DATABASE):
        mail = Mail.objects.create(
            kind=kind, notice=notice, user_id=user_id, address=address, link=link, expires_at=now() + LIFETIME
        )
        record(MailRequested(mail_id=mail.pk, user_id=user_id, kind=kind.value), using=DATABASE)
    return mail.pk

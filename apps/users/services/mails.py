"""Order mails: the row holds what is private, sealed; the event that asks for sending carries ids only."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from apps.contracts.events.users import MailRequested
from apps.kernel.clock import now
from apps.kernel.outbox.recorder import record
from apps.kernel.resilience.limiter import hashed, seconds_to_wait
from apps.kernel.retention import delete_stepwise
from apps.users.apps import DATABASE
from apps.users.enums import MailKind
from apps.users.models import Mail, User

log = structlog.get_logger(__name__)

DAY = timedelta(days=1)
HOUR_SECONDS = 3600


def order_mail(kind: MailKind, *, address: str, user_id: UUID | None, link: str = "", notice: str = "") -> UUID | None:
    """Note a mail and record `user.mail.requested` for it, in one transaction. Return the mail's id.

    Return None, and order nothing, when the address has had its share of this hour: strangers can ask for mails to it.
    """
    if kind is not MailKind.SECURITY_NOTICE and _has_had_its_share(address):
        log.warning("mail.withheld", kind=kind.value)
        return None
    with transaction.atomic(using=DATABASE):
        mail = Mail.objects.create(
            kind=kind, notice=notice, user_id=user_id, address=address, link=link, expires_at=now() + _lifetime(kind)
        )
        record(MailRequested(mail_id=mail.pk, user_id=user_id, kind=kind.value), using=DATABASE)
    return mail.pk


def forget_mails(mail_ids: Sequence[UUID]) -> None:
    """Delete what was kept of mails that have come to their end: addresses and links outlive their use nowhere."""
    Mail.objects.filter(pk__in=mail_ids).delete()


def prune_mails() -> int:
    """Delete mails that came to no end in time, and return how many there were."""
    return delete_stepwise(Mail.objects.filter(expires_at__lte=now()))


def _lifetime(kind: MailKind) -> timedelta:
    """Return for how long a mail is of use: a link that no longer works need not be sent."""
    return timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT) if kind is MailKind.RESET_PASSWORD else DAY


def _has_had_its_share(address: str) -> bool:
    key = f"mail:{hashed(User.objects.normalize_email(address))}"
    return seconds_to_wait(key, limit=settings.TREUM_MAILS_PER_HOUR, seconds=HOUR_SECONDS) > 0

"""Send mails: note each once, claim a batch, send it over one connection, and note how it went."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connections, transaction
from django.utils.module_loading import import_string

from apps.contracts.events.notifications import MailSettled
from apps.kernel.clock import now
from apps.kernel.outbox.recorder import record, request
from apps.notifications.apps import DATABASE
from apps.notifications.enums import DeliveryStatus
from apps.notifications.errors import MailServerUnavailable
from apps.notifications.letters.composing import compose
from apps.notifications.models import Delivery
from apps.notifications.ports import Letter, Mailroom

log = structlog.get_logger(__name__)

Claimed = tuple[UUID, UUID]
"""The ids of a delivery and of its mail."""

SEND_TASK = "notifications.send_mails"
MAILS_PER_TASK = 50
LEASE = timedelta(minutes=5)
WAIT_BEFORE_ASKING_AGAIN = timedelta(minutes=5)
SWEEP_LIMIT = 1_000
FINAL = 500
"""SMTP replies from here on are final (RFC 5321 §4.2.1); those below ask to try again."""

_CLAIM = """
UPDATE notifications_delivery AS delivery
SET leased_until = clock_timestamp() + %s, attempts = attempts + 1
FROM (
    SELECT id FROM notifications_delivery
    WHERE id = ANY(%s::uuid[]) AND status = 'pending'
      AND (leased_until IS NULL OR leased_until < clock_timestamp())
    ORDER BY id
    FOR UPDATE SKIP LOCKED
) AS claimable
WHERE delivery.id = claimable.id
RETURNING delivery.id, delivery.mail_id
"""
_ASK_AGAIN = """
UPDATE notifications_delivery
SET asked_at = clock_timestamp()
WHERE id IN (
    SELECT id FROM notifications_delivery
    WHERE status = 'pending' AND asked_at < clock_timestamp() - %s
    ORDER BY asked_at
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class MailWanted:
    """A mail that somebody asked for: its id, its kind, and the story that it belongs to."""

    mail_id: UUID
    kind: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    status: DeliveryStatus
    reason: str = ""


def order_deliveries(wanted: Sequence[MailWanted]) -> int:
    """Note mails and ask for their sending. Return how many were new: one that is known already is left as it is."""
    rows = [Delivery(mail_id=mail.mail_id, kind=mail.kind, correlation_id=mail.correlation_id) for mail in wanted]
    with transaction.atomic(using=DATABASE):
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        new = Delivery.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("pk", flat=True)
        _ask_for(list(new))
    return len(new)


def send_mails(delivery_ids: Sequence[UUID]) -> None:
    """Send the mails of these deliveries that nobody else is sending.

    A mail that cannot be delivered ever is noted as such. Raises MailServerUnavailable when the server would not take
    some of them at the moment; those are free to be claimed again.
    """
    claimed = _claim(delivery_ids)
    if not claimed:
        return
    left = _send_all(claimed)
    if left:
        Delivery.objects.filter(pk__in=[delivery_id for delivery_id, _ in left]).update(leased_until=None)
        raise MailServerUnavailable()


def sweep_deliveries() -> int:
    """Ask again for mails that nobody sent, whatever became of the first request. Return how many."""
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(_ASK_AGAIN, [WAIT_BEFORE_ASKING_AGAIN, SWEEP_LIMIT])
        waiting = [row[0] for row in cursor.fetchall()]
        _ask_for(waiting)
    return len(waiting)


def _ask_for(delivery_ids: Sequence[UUID]) -> None:
    for start in range(0, len(delivery_ids), MAILS_PER_TASK):
        part = delivery_ids[start : start + MAILS_PER_TASK]
        request(SEND_TASK, [str(delivery_id) for delivery_id in part], using=DATABASE)


def _claim(delivery_ids: Sequence[UUID]) -> list[Claimed]:
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE, [str(delivery_id) for delivery_id in delivery_ids]])
        return list(cursor.fetchall())


def _send_all(claimed: Sequence[Claimed]) -> Sequence[Claimed]:
    """Send mails one after another and return those that are left, from the first one that the server put off."""
    mailroom: Mailroom = import_string(settings.TREUM_NOTIFICATIONS_MAILROOM)()
    connection = get_connection(timeout=settings.TREUM_MAIL_TIMEOUT_SECONDS)
    try:
        connection.open()
        for number, (delivery_id, mail_id) in enumerate(claimed):
            outcome = _outcome(delivery_id, mailroom.letter(mail_id), connection=connection)
            if outcome is None:
                return claimed[number:]
            _settle(delivery_id, mail_id, outcome)
    except OSError as error:
        log.warning("mail.server_away", error=type(error).__name__)
        return claimed
    finally:
        connection.close()
    return []


def _outcome(delivery_id: UUID, letter: Letter | None, *, connection: BaseEmailBackend) -> _Outcome | None:
    """Send one mail and return its end; None when the server asks to try again."""
    if letter is None:
        return _Outcome(DeliveryStatus.DROPPED, "The mail is no longer wanted.")
    if letter.expires_at <= now():
        return _Outcome(DeliveryStatus.DROPPED, "It came too late to be of use.")
    try:
        connection.send_messages([compose(letter, delivery_id=delivery_id)])
    except (smtplib.SMTPException, OSError) as error:
        if is_final(error):
            return _Outcome(DeliveryStatus.FAILED, f"The mail server refused it with {_reply_code(error)}.")
        log.warning("mail.deferred", delivery_id=str(delivery_id), error=type(error).__name__)
        return None
    return _Outcome(DeliveryStatus.SENT)


def is_final(error: Exception) -> bool:
    """Tell whether a mail server's refusal is for good. A refused login is ours to mend, and the mail waits."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    return _reply_code(error) >= FINAL


def _reply_code(error: Exception) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(int(code) for code, _ in error.recipients.values())
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else 0


def _settle(delivery_id: UUID, mail_id: UUID, outcome: _Outcome) -> None:
    with transaction.atomic(using=DATABASE):
        Delivery.objects.filter(pk=delivery_id, status=DeliveryStatus.PENDING).update(
            status=outcome.status, reason=outcome.reason, settled_at=now(), leased_until=None
        )
        sent = outcome.status is DeliveryStatus.SENT
        record(MailSettled(mail_id=mail_id, sent=sent, settled_at=now()), using=DATABASE)

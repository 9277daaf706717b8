"""Send mails: note each once, claim one after another, hand it to the server, and note how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connections, transaction
from django.utils.module_loading import import_string

from apps.contracts.events.notifications import MailSettled
from apps.kernel.clock import ClockTimestamp, now
from apps.kernel.errors import Unavailable
from apps.kernel.outbox.recorder import record, request
from apps.kernel.retention import delete_stepwise
from apps.notifications.apps import DATABASE
from apps.notifications.enums import DeliveryStatus
from apps.notifications.errors import MailsLeft
from apps.notifications.letters.composing import compose
from apps.notifications.letters.notices import letter_of
from apps.notifications.models import Delivery, Notification
from apps.notifications.ports import Letter, Mailroom
from apps.notifications.postbox import Answer, Fate, Postbox

log = structlog.get_logger(__name__)

SEND_TASK = "notifications.send_mails"
MAILS_PER_TASK = 50
SECONDS_PER_TASK = 120
LEASE_SECONDS = 120
ASK_AGAIN_AFTER_SECONDS = 300
SWEEP_LIMIT = 1_000
KEEP_SETTLED = timedelta(days=90)

_CLAIM = """
UPDATE notifications_delivery
SET leased_until = clock_timestamp() + make_interval(secs => %s), attempts = attempts + 1
WHERE id = %s AND status = 'pending' AND (leased_until IS NULL OR leased_until < clock_timestamp())
RETURNING id, coalesce(mail_id, notification_id), notification_id IS NULL, attempts
"""
_ASK_AGAIN = """
UPDATE notifications_delivery
SET asked_at = clock_timestamp()
WHERE id IN (
    SELECT id FROM notifications_delivery
    WHERE status = 'pending' AND asked_at < clock_timestamp() - make_interval(secs => %s)
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


def order_deliveries(wanted: Sequence[MailWanted]) -> int:
    """Note mails and ask for their sending. Return how many were new: one that is known already is left as it is."""
    return _order(
        [Delivery(mail_id=mail.mail_id, kind=mail.kind, correlation_id=mail.correlation_id) for mail in wanted]
    )


def order_letters(notifications: Sequence[Notification]) -> int:
    """Note the mails of notifications and ask for their sending. Return how many were new."""
    return _order(
        [Delivery(notification=told, kind=told.kind, correlation_id=told.correlation_id) for told in notifications]
    )


def _order(rows: Sequence[Delivery]) -> int:
    with transaction.atomic(using=DATABASE):
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        new = Delivery.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("pk", flat=True)
        _ask_for(list(new))
    return len(new)


def send_mails(delivery_ids: Sequence[UUID]) -> None:
    """Send the mails of these deliveries, one after another over one connection.

    A mail that can never be delivered is noted as such. Raises MailServerUnavailable when the server takes none at the
    moment, and MailsLeft when it put some off or somebody else has them in hand: what has not left is asked for again.
    """
    mailroom: Mailroom = import_string(settings.TREUM_NOTIFICATIONS_MAILROOM)()
    _send_all(delivery_ids, mailroom=mailroom)
    left = Delivery.objects.filter(pk__in=delivery_ids, status=DeliveryStatus.PENDING).count()
    if left:
        raise MailsLeft(count=left)


def sweep_deliveries() -> int:
    """Ask again for mails that nobody sent, whatever became of the first request, and return how many.

    Deliveries that came to their end long ago are forgotten.
    """
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(_ASK_AGAIN, [ASK_AGAIN_AFTER_SECONDS, SWEEP_LIMIT])
        waiting = [row[0] for row in cursor.fetchall()]
        _ask_for(waiting)
    delete_stepwise(Delivery.objects.filter(settled_at__lt=now() - KEEP_SETTLED))
    return len(waiting)


def _ask_for(delivery_ids: Sequence[UUID]) -> None:
    for start in range(0, len(delivery_ids), MAILS_PER_TASK):
        part = delivery_ids[start : start + MAILS_PER_TASK]
        request(SEND_TASK, [str(delivery_id) for delivery_id in part], using=DATABASE)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A delivery that is ours until the lease ends; `attempt` tells it from a later claim.

    `source_id` is of the mail that somebody `ordered`, or else of a notification.
    """

    delivery_id: UUID
    source_id: UUID
    ordered: bool
    attempt: int


def _send_all(delivery_ids: Sequence[UUID], *, mailroom: Mailroom) -> None:
    ends, failures = monotonic() + SECONDS_PER_TASK, list[Exception]()
    with Postbox() as postbox:
        for delivery_id in delivery_ids:
            if monotonic() > ends:
                break
            try:
                _send(delivery_id, mailroom=mailroom, postbox=postbox)
            except Unavailable:
                raise
            except Exception as error:
                # One guilty letter does not hold up the others; it is raised when they are sent.
                failures.append(error)
    if failures:
        raise failures[0]


def _send(delivery_id: UUID, *, mailroom: Mailroom, postbox: Postbox) -> None:
    claim = _claim(delivery_id)
    if claim is None:
        return
    try:
        outcome = _outcome(claim, mailroom=mailroom, postbox=postbox)
    except Exception:
        _let_go(claim)
        raise
    if outcome is None:
        _let_go(claim)
    else:
        _settle(claim, outcome)


def _claim(delivery_id: UUID) -> _Claim | None:
    """Take a delivery that is nobody's; whoever waits for it at the same moment finds it taken."""
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE_SECONDS, str(delivery_id)])
        row = cursor.fetchone()
    return None if row is None else _Claim(*row)


@dataclass(frozen=True, slots=True)
class _Outcome:
    status: DeliveryStatus
    reason: str = ""


def _outcome(claim: _Claim, *, mailroom: Mailroom, postbox: Postbox) -> _Outcome | None:
    """Send one mail and return its end; None when the server asks to try again."""
    letter = _letter(claim, mailroom=mailroom)
    if letter is None:
        return _Outcome(DeliveryStatus.DROPPED, "The mail is no longer wanted.")
    if letter.expires_at <= now():
        return _Outcome(DeliveryStatus.DROPPED, "It came too late to be of use.")
    return _end(postbox.post(compose(letter, delivery_id=claim.delivery_id)), claim=claim)


def _letter(claim: _Claim, *, mailroom: Mailroom) -> Letter | None:
    if claim.ordered:
        return mailroom.letter(claim.source_id)
    told = Notification.objects.filter(pk=claim.source_id).first()
    reader = None if told is None else mailroom.reader(told.user_id)
    return None if told is None or reader is None else letter_of(told, reader)


def _end(answer: Answer, *, claim: _Claim) -> _Outcome | None:
    match answer.fate:
        case Fate.TAKEN:
            return _Outcome(DeliveryStatus.SENT)
        case Fate.REFUSED:
            return _Outcome(DeliveryStatus.FAILED, f"The mail server refused it with {answer.code}.")
        case Fate.UNSENDABLE:
            return _Outcome(DeliveryStatus.FAILED, "No mail can be sent to such an address.")
        case Fate.PUT_OFF:
            log.warning("mail.put_off", delivery_id=str(claim.delivery_id), code=answer.code)
            return None


def _let_go(claim: _Claim) -> None:
    """Let anyone claim it again, and the sweep wait for whoever was told to retry; a later claim is not ours to end."""
    ours = Delivery.objects.filter(pk=claim.delivery_id, attempts=claim.attempt)
    ours.update(leased_until=None, asked_at=ClockTimestamp())


def _settle(claim: _Claim, outcome: _Outcome) -> None:
    """Note the end of a delivery. It holds even when the lease has passed on: what was sent need not be sent again."""
    settled_at = now()
    with transaction.atomic(using=DATABASE):
        pending = Delivery.objects.filter(pk=claim.delivery_id, status=DeliveryStatus.PENDING)
        ended = pending.update(status=outcome.status, reason=outcome.reason, settled_at=settled_at, leased_until=None)
        if ended and claim.ordered:
            sent = outcome.status is DeliveryStatus.SENT
            record(MailSettled(mail_id=claim.source_id, sent=sent, settled_at=settled_at), using=DATABASE)

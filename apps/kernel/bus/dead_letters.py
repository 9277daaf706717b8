"""Keep dead letters, note why they died, and send them on their way again when staff say so."""

import hashlib
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models.functions import Now

from apps.kernel.bus.models import DeadLetter, DeadLetterAction
from apps.kernel.errors import Refused
from apps.kernel.inbox.handling import describe
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.outbox.recorder import request

REPLAYS_PER_SECOND = 50
REPLAY_TASK = "core.replay_dead_letters"


class NotReplayable(Refused):
    """Dead letter {id} cannot be replayed: its payload is no text, so no consumer will ever read it; archive it."""


@dataclass(frozen=True, slots=True)
class Death:
    """A message as it arrived from a dead-letter queue, and what is known of why."""

    queue: str
    message_id: str
    reason: str
    payload: bytes
    handler: str = ""
    type: str = ""
    error_class: str = ""
    error: str = ""
    attempts: int = 1
    correlation_id: str = ""
    content_type: str = ""
    headers: dict[str, Any] = field(default_factory=dict)
    x_death: list[dict[str, Any]] = field(default_factory=list)


def keep(deaths: Sequence[Death]) -> None:
    """Store dead letters in one statement. A second death of a message counts on its row and makes it new again;
    an error that was noted before is kept where the death itself brings none."""
    rows = [DeadLetter(**_fields(death), deaths=1) for death in _distinct(deaths)]
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        known = {(row.queue, row.message_id, row.handler): row for row in _matching(rows)}
        for row in rows:
            before = known.get((row.queue, row.message_id, row.handler))
            if before is not None:
                row.deaths = before.deaths + 1
                row.error = row.error or before.error
                row.error_class = row.error_class or before.error_class
                row.stack_hash = before.stack_hash
                row.attempts = max(row.attempts, before.attempts)
                row.type = row.type or before.type
        DeadLetter.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["queue", "message_id", "handler"],
            update_fields=[*_KEPT, "stack_hash", "deaths", "status"],
        )
        DeadLetter.objects.filter(message_id__in=[row.message_id for row in rows]).update(last_died_at=Now())


_KEPT = [name for name in Death.__slots__ if name not in ("queue", "message_id", "handler")]


def note_error(error: BaseException, *, queue: str, message_id: str, type: str, attempts: int) -> None:
    """Remember why a task failed for good, before its message goes to the dead letters without its exception."""
    frames = "".join(f"{frame.filename}:{frame.name}" for frame in traceback.extract_tb(error.__traceback__))
    noted = {
        "type": type,
        "reason": "rejected",
        "error_class": error.__class__.__name__,
        "error": describe(error),
        "stack_hash": hashlib.sha256(frames.encode()).hexdigest(),
        "attempts": attempts,
    }
    DeadLetter.objects.update_or_create(
        queue=queue, message_id=message_id, handler="", defaults=noted, create_defaults={**noted, "deaths": 0}
    )


def replay(ids: Sequence[int], *, actor: str) -> int:
    """Send dead letters back to the queue they died in, under the same ids, and return how many.

    At most `REPLAYS_PER_SECOND` leave at once; a task sends the rest, a second apart. Each is audited with `actor`.
    Raises NotReplayable for a payload that is no text; then none is replayed.
    """
    now, later = list(ids[:REPLAYS_PER_SECOND]), list(ids[REPLAYS_PER_SECOND:])
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        letters = list(
            DeadLetter.objects.select_for_update().filter(id__in=now).exclude(status=DeadLetter.Status.REPLAYED)
        )
        OutboxMessage.objects.using(DEFAULT_DB_ALIAS).bulk_create([_again(letter, actor) for letter in letters])
        _mark(letters, status=DeadLetter.Status.REPLAYED, action="replay", actor=actor)
        if later:
            request(REPLAY_TASK, later, actor, using=DEFAULT_DB_ALIAS, delay=1)
    return len(letters) + len(later)


def archive(ids: Sequence[int], *, actor: str) -> int:
    """Put dead letters away as seen and not to be replayed; return how many."""
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        letters = list(DeadLetter.objects.select_for_update().filter(id__in=ids))
        _mark(letters, status=DeadLetter.Status.ARCHIVED, action="archive", actor=actor)
    return len(letters)


def _distinct(deaths: Sequence[Death]) -> list[Death]:
    return list({(death.queue, death.message_id, death.handler): death for death in deaths}.values())


def _fields(death: Death) -> dict[str, Any]:
    return {name: getattr(death, name) for name in Death.__slots__}


def _matching(rows: Sequence[DeadLetter]) -> list[DeadLetter]:
    return list(DeadLetter.objects.select_for_update().filter(message_id__in=[row.message_id for row in rows]))


def _mark(letters: Sequence[DeadLetter], *, status: str, action: str, actor: str) -> None:
    DeadLetter.objects.filter(id__in=[letter.pk for letter in letters]).update(status=status)
    DeadLetterAction.objects.bulk_create(
        [DeadLetterAction(dead_letter=letter, action=action, actor=actor) for letter in letters]
    )


def _again(letter: DeadLetter, actor: str) -> OutboxMessage:
    try:
        body = bytes(letter.payload or b"").decode()
    except UnicodeDecodeError:
        raise NotReplayable(id=letter.pk) from None
    headers = {name: value for name, value in letter.headers.items() if name != "x-death"}
    return OutboxMessage(
        message_id=letter.message_id,
        kind=OutboxMessage.Kind.REPLAY,
        name=letter.queue,
        body=body,
        headers={**headers, "x-treum-content-type": letter.content_type, "x-treum-type": letter.type, "x-treum-replay": 1},
        correlation_id=letter.correlation_id or tracing.current().correlation_id,
        causation_id=letter.message_id,
        actor=actor,
    )


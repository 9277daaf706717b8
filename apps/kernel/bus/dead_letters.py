"""Keep dead letters, note why they died, and send them on their way again when staff say so."""

import hashlib
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models.functions import Now

from apps.kernel.audit import record_entry
from apps.kernel.bus.models import DeadLetter, DeadLetterAction
from apps.kernel.errors import Refused
from apps.kernel.inbox.handling import describe
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.outbox.recorder import request

REPLAYS_PER_SECOND = 50
REPLAY_HEADER = "x-treum-replay"
REPLAY_TASK = "core.replay_dead_letters"


class NotReplayable(Refused):
    """Dead letter {id} cannot be replayed: {reason}."""


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
    rows = [DeadLetter(**_fields(death), deaths=1, last_died_at=Now()) for death in _distinct(deaths)]
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
            update_fields=[*_KEPT, "stack_hash", "deaths", "status", "last_died_at"],
        )


_KEPT = [name for name in Death.__slots__ if name not in ("queue", "message_id", "handler")]


def note_error(error: BaseException, *, queue: str, message_id: str, task: str, attempts: int) -> None:
    """Remember why a task failed for good, before its message goes to the dead letters without its exception."""
    frames = "".join(f"{frame.filename}:{frame.name}" for frame in traceback.extract_tb(error.__traceback__))
    noted = {
        "type": task,
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
    Raises NotReplayable for a payload that is no text, or that has not arrived yet; then none is replayed.
    """
    now, later = list(ids[:REPLAYS_PER_SECOND]), list(ids[REPLAYS_PER_SECOND:])
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        letters = list(
            DeadLetter.objects.select_for_update().filter(id__in=now).exclude(status=DeadLetter.Status.REPLAYED)
        )
        OutboxMessage.objects.using(DEFAULT_DB_ALIAS).bulk_create([_again(letter, actor) for letter in letters])
        _mark(letters, status=DeadLetter.Status.REPLAYED, action="replay", actor=actor)
        _tell("dead_letter.replayed", letters, actor=actor)
        if later:
            request(REPLAY_TASK, later, actor, using=DEFAULT_DB_ALIAS, delay=1)
    return len(letters) + len(later)


def archive(ids: Sequence[int], *, actor: str) -> int:
    """Put dead letters away as seen and not to be replayed; return how many."""
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        letters = list(DeadLetter.objects.select_for_update().filter(id__in=ids))
        _mark(letters, status=DeadLetter.Status.ARCHIVED, action="archive", actor=actor)
        _tell("dead_letter.archived", letters, actor=actor)
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


def _tell(action: str, letters: Sequence[DeadLetter], *, actor: str) -> None:
    if letters:
        after = {"ids": [letter.pk for letter in letters]}
        record_entry(action=action, using=DEFAULT_DB_ALIAS, object="dead_letters", after=after, actor=actor)


def _again(letter: DeadLetter, actor: str) -> OutboxMessage:
    return OutboxMessage(
        message_id=letter.message_id,
        kind=OutboxMessage.Kind.REPLAY,
        name=letter.queue,
        body=_text(letter),
        headers=_headers_of_a_first_life(letter),
        correlation_id=letter.correlation_id or tracing.current().correlation_id,
        causation_id=letter.message_id,
        actor=actor,
    )


def _text(letter: DeadLetter) -> str:
    if letter.payload is None:
        raise NotReplayable(id=letter.pk, reason="its message has not reached the dead letters yet; try again soon")
    try:
        text = bytes(letter.payload).decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise NotReplayable(id=letter.pk, reason="its payload is no text, so no consumer will ever read it; archive it")
    return text


def _headers_of_a_first_life(letter: DeadLetter) -> dict[str, Any]:
    """Return the headers without the marks of death: where and why it died, its tries, its slot and its deadline."""
    headers = {name: value for name, value in letter.headers.items() if not name.startswith("x-")}
    if "x-event-version" in letter.headers:
        headers["x-event-version"] = letter.headers["x-event-version"]
    if "task" in headers:
        headers |= {"retries": 0, "eta": None, "expires": None}
    return {
        **headers,
        "x-treum-content-type": letter.content_type,
        "x-treum-type": letter.type,
        REPLAY_HEADER: 1,
    }

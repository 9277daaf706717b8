"""Make archives of all that is kept about a person, piece by piece, and delete them when their week is over.

Whoever makes an archive holds a lease on it. One who was given up and comes back finds the count of attempts moved on,
and keeps nothing more; the next one starts over with a new key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.module_loading import import_string

from apps.kernel.audit import record_entry
from apps.kernel.clock import now
from apps.kernel.crypto.chunks import new_chunk_key, seal_chunk
from apps.kernel.outbox.recorder import request
from apps.kernel.resilience import retry
from apps.users.apps import DATABASE
from apps.users.enums import ExportStatus
from apps.users.errors import ExportTakenOver, TooManyExports
from apps.users.models import Export, ExportChunk
from apps.users.ports import PersonalData
from apps.users.rules.archive import Folder, write_archive
from apps.users.services.people import locked_person

log = structlog.get_logger(__name__)

BUILD_TASK = "users.build_export"
CHUNK_BYTES = 256 * 1024
LEASE = timedelta(minutes=1)
DAY = timedelta(days=1)
MOST_A_DAY = 10
MOST_ATTEMPTS = retry.TRANSIENT_RETRIES + 1
ROWS_PER_SWEEP = 1_000
KEEP_ROWS = timedelta(days=365)


def request_export(user_id: UUID) -> Export:
    """Ask for an archive and return it; while one is being made, that one is returned.

    Raises TooManyExports, or UnknownPerson for whoever is inactive or erased.
    """
    with transaction.atomic(using=DATABASE):
        locked_person(user_id)
        pending = Export.objects.filter(user_id=user_id, status=ExportStatus.PENDING).first()
        if pending is not None:
            return pending
        _refuse_too_many(user_id)
        export = Export.objects.create(user_id=user_id, parts_total=len(contexts()), leased_until=now() + LEASE)
        request(BUILD_TASK, str(export.pk), using=DATABASE)
        record_entry(action="export.requested", using=DATABASE, object=f"export/{export.pk}", subject=user_id)
    return export


def build_export(export_id: UUID | str) -> None:
    """Make an archive, unless it is made, or somebody is at it. A failure is raised again for a later attempt.

    After the last attempt the archive is marked failed.
    """
    attempt = _begin(export_id)
    if attempt is None:
        return
    try:
        _write(attempt)
    except ExportTakenOver:
        log.warning("export.taken_over", export_id=str(export_id))
    except Exception as error:
        _let_go(attempt, final=not retry.classify(error).allows(attempt.number))
        raise


def resume_exports() -> int:
    """Ask again for archives whose maker died, and give those up that killed every maker; return how many."""
    with transaction.atomic(using=DATABASE):
        left = list(
            Export.objects.select_for_update(skip_locked=True)
            .filter(status=ExportStatus.PENDING, leased_until__lt=now())
            .order_by("leased_until")[:ROWS_PER_SWEEP]
        )
        hopeless = [export.pk for export in left if export.attempts >= MOST_ATTEMPTS]
        _give_up(Export.objects.filter(pk__in=hopeless))
        for export in left:
            if export.attempts < MOST_ATTEMPTS:
                request(BUILD_TASK, str(export.pk), using=DATABASE)
    if left:
        log.warning("export.resumed", exports=len(left), given_up=len(hopeless))
    return len(left)


def expire_exports() -> int:
    """Delete the archives whose time is over, and the rows of those that are long gone; return how many archives."""
    over = Export.objects.filter(status=ExportStatus.READY, expires_at__lte=now())
    ids = list(over.order_by("expires_at").values_list("pk", flat=True)[:ROWS_PER_SWEEP])
    with transaction.atomic(using=DATABASE):
        _expire(ids)
        gone = Export.objects.filter(requested_at__lt=now() - KEEP_ROWS).exclude(status=ExportStatus.PENDING)
        gone.filter(pk__in=gone.values("pk")[:ROWS_PER_SWEEP]).delete()
    return len(ids)


def contexts() -> Sequence[PersonalData]:
    """Return the contexts that keep something about people."""
    named: Sequence[PersonalData] = import_string(settings.TREUM_USERS_PERSONAL_DATA)
    return named


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One go at an archive."""

    export_id: UUID
    user_id: UUID
    number: int
    key: str


def _refuse_too_many(user_id: UUID) -> None:
    made = Export.objects.filter(user_id=user_id, requested_at__gt=now() - DAY).order_by("-requested_at")
    oldest = made.values_list("requested_at", flat=True)[MOST_A_DAY - 1 : MOST_A_DAY].first()
    if oldest is not None:
        raise TooManyExports(most=MOST_A_DAY, wait=oldest + DAY - now())


def _begin(export_id: UUID | str) -> _Attempt | None:
    with transaction.atomic(using=DATABASE):
        pending = Export.objects.filter(pk=export_id, status=ExportStatus.PENDING, user__erased_at=None)
        export = pending.select_for_update(of=("self",)).first()
        if export is None or (export.attempts and export.leased_until > now()):
            return None
        export.attempts += 1
        export.key, export.parts_done, export.leased_until = new_chunk_key(), 0, now() + LEASE
        export.save(update_fields=["attempts", "key", "parts_done", "leased_until"])
        ExportChunk.objects.filter(export=export).delete()
        return _Attempt(export.pk, export.user_id, export.attempts, export.key)


def _write(attempt: _Attempt) -> None:
    chunks = _Chunks(attempt)
    folders: Iterator[Folder] = ((context.name, context.records(attempt.user_id)) for context in contexts())
    done = partial(_hold, attempt, parts_done=F("parts_done") + 1)
    write_archive(chunks, folders, generated_at=now(), after_each=done)
    chunks.close()
    _finish(attempt, size=chunks.size)


@dataclass(slots=True)
class _Chunks:
    """Takes an archive's bytes and keeps them sealed, a chunk at a time."""

    attempt: _Attempt
    size: int = 0
    _number: int = 0
    _waiting: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes, /) -> int:
        self.size += len(data)
        self._waiting += data
        while len(self._waiting) >= CHUNK_BYTES:
            self._keep(bytes(self._waiting[:CHUNK_BYTES]))
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def flush(self) -> None:
        """Wait for a whole chunk."""

    def close(self) -> None:
        """Keep what is left."""
        if self._waiting:
            self._keep(bytes(self._waiting))

    def _keep(self, chunk: bytes) -> None:
        name, key = str(self.attempt.export_id), self.attempt.key
        sealed = seal_chunk(chunk, key=key, name=name, number=self._number)
        with transaction.atomic(using=DATABASE):
            _hold(self.attempt)
            ExportChunk.objects.create(export_id=self.attempt.export_id, number=self._number, sealed=sealed)
        self._number += 1


def _hold(attempt: _Attempt, **progress: Any) -> None:
    """Extend the lease and note the progress. Raises ExportTakenOver when the archive is another's by now."""
    ours = Export.objects.filter(pk=attempt.export_id, attempts=attempt.number, status=ExportStatus.PENDING)
    if not ours.update(leased_until=now() + LEASE, **progress):
        raise ExportTakenOver()


def _finish(attempt: _Attempt, *, size: int) -> None:
    ready_at = now()
    with transaction.atomic(using=DATABASE):
        keep = timedelta(days=settings.TREUM_USERS_EXPORT_DAYS)
        _hold(attempt, status=ExportStatus.READY, size=size, ready_at=ready_at, expires_at=ready_at + keep)
        before = Export.objects.filter(user_id=attempt.user_id, status=ExportStatus.READY).exclude(pk=attempt.export_id)
        _expire(list(before.values_list("pk", flat=True)))


def _expire(ids: Sequence[UUID]) -> None:
    Export.objects.filter(pk__in=ids).update(status=ExportStatus.EXPIRED, key=None, size=None)
    ExportChunk.objects.filter(export__in=ids).delete()


def _let_go(attempt: _Attempt, *, final: bool) -> None:
    ours = Export.objects.filter(pk=attempt.export_id, attempts=attempt.number, status=ExportStatus.PENDING)
    with transaction.atomic(using=DATABASE):
        ours.update(leased_until=now())
        if final:
            _give_up(ours)


def _give_up(exports: QuerySet[Export]) -> None:
    ExportChunk.objects.filter(export__in=exports).delete()
    exports.filter(status=ExportStatus.PENDING).update(status=ExportStatus.FAILED, key=None)

"""Archives, as their owners ask for them."""

from collections.abc import Iterator
from uuid import UUID

from apps.kernel.crypto.chunks import unseal_chunk
from apps.users.enums import ExportStatus
from apps.users.errors import ExportFailed, ExportNotReady, UnknownExport
from apps.users.models import Export, ExportChunk


def ready_export(user_id: UUID, *, export_id: UUID) -> Export:
    """Return a person's archive that can be read. Raises UnknownExport, ExportNotReady or ExportFailed."""
    export = Export.objects.filter(pk=export_id, user_id=user_id).first()
    if export is None or export.state == ExportStatus.EXPIRED:
        raise UnknownExport()
    if export.status == ExportStatus.FAILED:
        raise ExportFailed()
    if export.status == ExportStatus.PENDING:
        raise ExportNotReady(done=export.parts_done, total=export.parts_total)
    return export


def archive_of(export: Export) -> Iterator[bytes]:
    """Yield the bytes of an archive that is ready, a chunk at a time."""
    key, number = str(export.key), 0
    while (sealed := _sealed(export, number)) is not None:
        yield unseal_chunk(sealed, key=key, name=str(export.pk), number=number)
        number += 1


def _sealed(export: Export, number: int) -> bytes | None:
    chunk = ExportChunk.objects.filter(export=export, number=number).values_list("sealed", flat=True).first()
    return None if chunk is None else bytes(chunk)

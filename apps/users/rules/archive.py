"""The archive of a person's data: a ZIP file written front to back, so that nothing of it need be held in memory.

A folder for each context with files of JSON Lines, a README for people, and a manifest for programs.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Protocol
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from apps.kernel.text import plain, zulu

FORMAT_VERSION = 1
LINES_PER_WRITE = 500

README = """\
This archive holds what TREUM keeps about you, as of {generated_at}.

There is a folder for each part of the platform and a file for each kind of thing in it. The files are JSON Lines: one
JSON object in each line, readable by any editor and by any program. Times are in UTC, amounts are exact decimals.

manifest.json lists every file with its number of lines, its size and its SHA-256 checksum.
The files called withheld.jsonl say what is left out, and why: secrets, which are of use to a thief only.

What is kept for how long and for what, and how to have it erased, is said in the privacy policy.
"""


class Sink(Protocol):
    """What an archive is written to, front to back."""

    def write(self, data: bytes, /) -> int:
        """Take the next bytes."""

    def flush(self) -> None:
        """Do nothing that a reader could see."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of an archive, as the manifest has it."""

    name: str
    lines: int
    bytes: int
    sha256: str


Folder = tuple[str, Iterable[tuple[str, Iterable[Mapping[str, Any]]]]]
"""A name, and the names of files each with its rows."""


def write_archive(
    sink: Sink, folders: Iterable[Folder], *, generated_at: datetime, after_each: Callable[[], None]
) -> None:
    """Write an archive and call `after_each` when a folder is done."""
    files: list[File] = []
    with ZipFile(sink, "w", compression=ZIP_DEFLATED) as archive:  # type: ignore[call-overload] # a sink is enough
        for folder, records in folders:
            for name, rows in records:
                files.append(_write_file(archive, f"{folder}/{name}.jsonl", rows, at=generated_at))
            after_each()
        archive.writestr(_entry("manifest.json", at=generated_at), _manifest(files, generated_at))
        archive.writestr(_entry("README.txt", at=generated_at), README.format(generated_at=zulu(generated_at)))


def _write_file(archive: ZipFile, name: str, rows: Iterable[Mapping[str, Any]], *, at: datetime) -> File:
    lines, size, digest = 0, 0, sha256()
    with archive.open(_entry(name, at=at), "w", force_zip64=True) as file:
        for batch in _batches(rows):
            text = "".join(json.dumps(row, default=_written, ensure_ascii=False) + "\n" for row in batch).encode()
            file.write(text)
            digest.update(text)
            lines, size = lines + len(batch), size + len(text)
    return File(name, lines, size, digest.hexdigest())


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == LINES_PER_WRITE:
            yield batch
            batch = []
    if batch:
        yield batch


def _manifest(files: Iterable[File], generated_at: datetime) -> str:
    document = {
        "format": "treum-personal-data",
        "format_version": FORMAT_VERSION,
        "generated_at": zulu(generated_at),
        "files": [asdict(file) for file in files],
    }
    return json.dumps(document, indent=2) + "\n"


def _entry(name: str, *, at: datetime) -> ZipInfo:
    entry = ZipInfo(name, date_time=at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return zulu(value)
    return value.isoformat() if isinstance(value, date) else str(value)

"""Reports as CSV, safe to open in a spreadsheet: no cell is taken for a formula."""

import csv
import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer

CSV_TYPE = "text/csv"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvRenderer(JSONRenderer):
    """Lets callers ask for CSV by its type; what is refused is told as a problem document all the same."""

    media_type = CSV_TYPE
    format = "csv"


def as_csv(rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str], name: str) -> HttpResponse:
    """Return rows as a file to save, the names of the columns first."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return HttpResponse(text.getvalue(), content_type=f"{CSV_TYPE}; charset=utf-8", headers=headers)


def _cell(value: Any) -> str:
    """Return a cell. Source: OWASP, "CSV Injection": an apostrophe before what a spreadsheet would calculate."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text

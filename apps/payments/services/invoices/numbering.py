"""Numbers without gaps: the row of a series stays locked until the number is committed, or is given again."""

from django.db import connections

from apps.payments.apps import DATABASE

INVOICES = "INV"
CREDIT_NOTES = "CN"

_TAKE = """
    INSERT INTO payments_numbersequence AS series (series, next_number) VALUES (%s, 2)
    ON CONFLICT (series) DO UPDATE SET next_number = series.next_number + 1
    RETURNING next_number - 1
"""


def take_number(series: str) -> int:
    """Return the next number of a series. Call it late in a transaction: all others of the series wait for its end."""
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_TAKE, [series])
        return int(cursor.fetchone()[0])

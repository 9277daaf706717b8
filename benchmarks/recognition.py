"""`recognition_vs_sql`, `recognition_100k_seconds`: a day's revenue of a hundred thousand invoices, into the books.

From the first row read to the commit: what each line has earned by the end of the day, a ledger transaction with two
entries and a book entry for each invoice, and how far each line is. The yardstick writes the same rows and reckons
nothing. Both take turns, on days of their own.
"""

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta

from django.db import connections, transaction

from apps.kernel.ids import uuid7
from apps.kernel.ledger.models import LedgerEntry, LedgerTransaction
from apps.payments.apps import DATABASE
from apps.payments.models import BookEntry, Invoice, Recognition
from apps.payments.selectors.auditing import faults
from apps.payments.services import billing_now, recognise, seed_catalogue, start_subscription
from benchmarks.figures import SECONDS, Figure, figure
from benchmarks.staging import staged

INVOICES = 100_000
ROUNDS = 3

_COPY = """
    INSERT INTO {table}
    SELECT copy.*
    FROM (SELECT one FROM {table} AS one LIMIT 1) AS template
    CROSS JOIN generate_series(1, %(copies)s) AS number
    CROSS JOIN LATERAL jsonb_populate_record(template.one, jsonb_build_object({changed})) AS copy
"""
_COPIES = {
    "payments_customer": "'id', pg_temp.the('customer', number), 'user_id', gen_random_uuid()",
    "payments_subscription": """'id', pg_temp.the('subscription', number),
                                'customer_id', pg_temp.the('customer', number)""",
    "payments_invoice": """'id', pg_temp.the('invoice', number), 'number', (template.one).number + number,
                           'customer_id', pg_temp.the('customer', number),
                           'subscription_id', pg_temp.the('subscription', number)""",
    "payments_invoiceline": "'id', (template.one).id + number, 'invoice_id', pg_temp.the('invoice', number)",
    "payments_recognition": "'line_id', (template.one).line_id + number",
}
_IDS = """
    CREATE FUNCTION pg_temp.the(kind text, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS 'SELECT md5(kind || number)::uuid'
"""
_BOOKS = ("payments_bookentry", "ledger_ledgertransaction", "ledger_ledgerentry")
_TABLES = (
    "payments_customer", "payments_subscription", "payments_invoice", "payments_invoiceline", "payments_recognition",
    "ledger_ledgeraccount", *_BOOKS,
)  # fmt: skip
_RAW = (
    """INSERT INTO ledger_ledgertransaction (idempotency_key, kind, body_hash, occurred_at)
       SELECT 'raw:' || %(day)s || ':' || id, 'revenue', md5(id::text), %(day)s::timestamptz FROM payments_invoice""",
    """INSERT INTO ledger_ledgerentry (transaction_id, account_id, currency, amount)
       SELECT made.id, account.id, 'EUR', CASE account.kind WHEN 'revenue' THEN -1.32 ELSE 1.32 END
       FROM ledger_ledgertransaction AS made
       JOIN ledger_ledgeraccount AS account
            ON account.kind IN ('revenue', 'deferred_revenue') AND account.currency = 'EUR'
       WHERE made.occurred_at = %(day)s::timestamptz AND made.idempotency_key LIKE 'raw:%%'""",
    """INSERT INTO payments_bookentry (key, kind, invoice_id, payout_id)
       SELECT 'raw:' || %(day)s || ':' || id, 'revenue', id, '' FROM payments_invoice""",
    "UPDATE payments_recognition SET earned_to = earned_to",
)


def measure() -> list[Figure]:
    """Return the figures, measured on a stage of its own."""
    return staged(__name__)


def play() -> list[Figure]:
    """Earn one day after the other, in turns with the yardstick, and return the medians."""
    began = _seed()
    ours: list[float] = []
    raw: list[float] = []
    for number in range(ROUNDS + 1):
        day = began + timedelta(days=number)
        took, bare = _timed(lambda day=day: recognise(day)), _timed(lambda day=day: _raw(day))
        print(f"  ours {took:.1f} s, raw {bare:.1f} s{'' if number else ' (warm-up)'}", flush=True)
        if number:
            ours.append(took)
            raw.append(bare)
    _refuse_unless_sound()
    print(f"  {_bytes_a_day() // 1024:,} KB a day in tables and indexes", flush=True)
    seconds, yardstick = statistics.median(ours), statistics.median(raw)
    return [
        figure(
            "recognition_vs_sql", ours=INVOICES / seconds, yardstick=INVOICES / yardstick, unit="invoices/s", goal=None
        ),
        figure("recognition_100k_seconds", ours=seconds, yardstick=None, unit=SECONDS, goal=None),
    ]


def _seed() -> date:
    """Begin one subscription, copy what it wrote for so many people, and return the first day that is earned."""
    seed_catalogue()
    at = billing_now()
    start_subscription(uuid7(), lookup_key="pro-eur-month", country="DE", trial=False, at=at)
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(_IDS)
        for table, changed in _COPIES.items():
            cursor.execute(_COPY.format(table=table, changed=changed), {"copies": INVOICES - 1})
    with connections[DATABASE].cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    print(f"  {Recognition.objects.count():,} lines of {Invoice.objects.count():,} invoices", flush=True)
    return at.date()


def _raw(day: date) -> None:
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        for statement in _RAW:
            cursor.execute(statement, {"day": day.isoformat()})


def _bytes_a_day() -> int:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute("SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s) AS name", [list(_BOOKS)])
        return int(cursor.fetchone()[0]) // (2 * (ROUNDS + 1))


def _timed(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun


def _refuse_unless_sound() -> None:
    """Every invoice has earned each day once, on both sides, and what is deferred is what lines have yet to earn."""
    days = ROUNDS + 1
    entries = BookEntry.objects.filter(kind="revenue")
    assert entries.filter(key__startswith="revenue:").count() == INVOICES * days
    assert entries.filter(key__startswith="raw:").count() == INVOICES * days
    ledger = LedgerTransaction.objects.using(DATABASE)
    assert ledger.filter(kind="revenue").count() == 2 * INVOICES * days
    assert LedgerEntry.objects.using(DATABASE).filter(transaction__kind="revenue").count() == 4 * INVOICES * days
    assert not [fault for fault in faults() if "sum to zero" in fault.sentence]

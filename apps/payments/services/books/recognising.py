"""Earn what was billed, day by day: along a straight line through the time that an invoice's line is for.

By the end of a day (UTC) a line has earned its net times the share of its seconds that are over, half-even at the
currency's exponent; what a day earns is the difference to what was earned before, so that the days of a line sum to its
net. Nothing is earned before its invoice is final: what is behind by then is earned on that day.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connections, transaction
from django.db.models import DateField, F, Min
from django.db.models.functions import Coalesce, Greatest, TruncDate

from apps.kernel.ledger.accounts import open_accounts
from apps.kernel.ledger.errors import LedgerConflict
from apps.kernel.ledger.posting import door
from apps.kernel.money import ISO_4217_EXPONENTS
from apps.payments.apps import DATABASE
from apps.payments.models import BookEntry, Invoice, InvoiceLine, Recognition
from apps.payments.rules import accounts
from apps.payments.services.clock import billing_now

KIND = "revenue"
DAY = timedelta(days=1)
NOTHING = Decimal(0)

_EARN = f"""
    WITH due AS MATERIALIZED (
        SELECT part.line_id, line.invoice_id, part.currency, part.net, part.earned, scale.places,
               extract(epoch FROM date_trunc('second', least(part.ends_at, %(end)s::timestamptz))
                                - date_trunc('second', part.starts_at)) AS gone,
               extract(epoch FROM date_trunc('second', part.ends_at) - date_trunc('second', part.starts_at)) AS seconds
        FROM payments_recognition AS part
        JOIN payments_invoiceline AS line ON line.id = part.line_id
        JOIN payments_invoice AS invoice ON invoice.id = line.invoice_id
        JOIN unnest(%(currencies)s::text[], %(places)s::int[]) AS scale (currency, places)
          ON scale.currency = part.currency
        WHERE part.earned <> part.net AND part.starts_at < %(end)s AND invoice.finalized_at < %(end)s
          AND (part.earned_to IS NULL OR part.earned_to <= %(day)s)
        ORDER BY part.line_id FOR UPDATE OF part
    ),
    grown AS MATERIALIZED (
        SELECT line_id, invoice_id, currency, earned,
               CASE WHEN gone >= seconds THEN net ELSE payments_half_even(net * gone, seconds, places) END AS by_now
        FROM due
    ),
    of_day AS MATERIALIZED (
        SELECT '{KIND}:' || %(day)s || ':' || invoice_id AS key, invoice_id, currency, sum(by_now - earned) AS amount
        FROM grown GROUP BY invoice_id, currency HAVING sum(by_now - earned) <> 0
    ),
    ledger_lines AS MATERIALIZED (
        SELECT of_day.key, '{KIND}' AS kind, %(end)s::timestamptz - interval '1 second' AS occurred_at,
               side.account_id, of_day.currency, side.sign * of_day.amount AS amount
        FROM of_day
        JOIN (SELECT * FROM unnest(%(currencies)s::text[], %(deferred)s::bigint[]) AS one (currency, account_id),
                            (VALUES (1)) AS debit (sign)
              UNION ALL
              SELECT * FROM unnest(%(currencies)s::text[], %(revenue)s::bigint[]) AS one (currency, account_id),
                            (VALUES (-1)) AS credit (sign)) AS side USING (currency)
    ),
    {door()},
    noted AS (
        INSERT INTO payments_bookentry (key, kind, invoice_id, payout_id)
        SELECT key, '{KIND}', invoice_id, '' FROM of_day
    ),
    kept AS (
        UPDATE payments_recognition AS part SET earned = grown.by_now, earned_to = %(day)s::date + 1
        FROM grown WHERE grown.line_id = part.line_id
    )
    SELECT (SELECT count(*) FROM ledger_made), (SELECT count(*) FROM of_day)
"""  # noqa: S608 - our own pieces


def plan_recognition(invoice: Invoice) -> None:
    """Remember what the lines of an invoice are to earn. Harmless when repeated."""
    lines = InvoiceLine.objects.filter(invoice=invoice).exclude(net=0)
    Recognition.objects.bulk_create(
        [
            Recognition(
                line=line,
                currency=invoice.currency,
                net=line.net,
                starts_at=line.period_start,
                ends_at=line.period_end,
            )
            for line in lines
        ],
        ignore_conflicts=True,
    )


def recognise(up_to: date) -> int:
    """Earn every day until and with `up_to` that was not earned yet, and return how many bookings that made.

    A day is one transaction and one statement, so that whoever dies in between has earned whole days. Harmless when
    repeated, and when done by two at once.
    """
    made, day = 0, _first_day_left()
    while day is not None and day <= up_to:
        made += _earn(day)
        day += DAY
    return made


def recognise_past_days() -> int:
    """Earn the days that are over on the billing clock."""
    return recognise(billing_now().date() - DAY)


def stop_recognition(invoice: Invoice) -> Decimal:
    """Let the lines of an invoice earn nothing more, and return what they would still have earned."""
    parts = Recognition.objects.filter(line__invoice=invoice)
    locked = list(parts.select_for_update(of=("self",)).order_by("pk"))
    Recognition.objects.filter(pk__in=[part.pk for part in locked]).update(net=F("earned"))
    return sum((part.net - part.earned for part in locked), NOTHING)


def earned_keys(invoice: Invoice) -> list[str]:
    """Return the keys of what an invoice has earned so far."""
    earned = BookEntry.objects.filter(invoice_id=invoice.pk, kind=KIND)
    return list(earned.order_by("key").values_list("key", flat=True))


def _first_day_left() -> date | None:
    began = Greatest(
        TruncDate("starts_at", tzinfo=UTC),
        TruncDate("line__invoice__finalized_at", tzinfo=UTC),
        output_field=DateField(),
    )
    left = Recognition.objects.exclude(earned=F("net")).aggregate(first=Min(Coalesce("earned_to", began)))
    first: date | None = left["first"]
    return first


def _earn(day: date) -> int:
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        cursor.execute(_EARN, _told(day))
        made, wanted = cursor.fetchone()
        if made < wanted:
            raise LedgerConflict(key=f"{KIND}:{day}")
    return int(made)


def _told(day: date) -> dict[str, Any]:
    currencies = list(Recognition.objects.exclude(earned=F("net")).values_list("currency", flat=True).distinct())
    houses = [accounts.HOUSE] * len(currencies)
    return {
        "day": day.isoformat(),
        "end": datetime.combine(day + DAY, time(), tzinfo=UTC),
        "currencies": currencies,
        "places": [ISO_4217_EXPONENTS[currency] for currency in currencies],
        "deferred": open_accounts(accounts.DEFERRED, owners=houses, currencies=currencies, using=DATABASE),
        "revenue": open_accounts(accounts.REVENUE, owners=houses, currencies=currencies, using=DATABASE),
    }

"""The auditor of the books: what else we know about money, worked out anew and held against them."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connections

from apps.kernel.ledger.verify import mismatched_accounts, unbalanced_transactions
from apps.payments.apps import DATABASE

_UNEXPLAINED = """
    SELECT count(*) FROM ledger_ledgertransaction AS made
    FULL JOIN payments_bookentry AS about ON about.key = made.idempotency_key
    WHERE made.id IS NULL OR about.key IS NULL
"""
_SIDES = """
    WITH booked AS (
        SELECT account.kind || CASE account.kind WHEN 'tax_payable' THEN ' of ' || account.owner ELSE '' END AS kind,
               entry.currency, sum(entry.amount) AS amount
        FROM ledger_ledgerentry AS entry JOIN ledger_ledgeraccount AS account ON account.id = entry.account_id
        WHERE account.kind IN ('deferred_revenue', 'receivable', 'tax_payable') GROUP BY 1, 2
    ),
    known AS (
        SELECT 'deferred_revenue' AS kind, currency, earned - net AS amount FROM payments_recognition
        UNION ALL
        SELECT 'receivable', currency, amount_due FROM payments_invoice WHERE status IN ('open', 'paid')
        UNION ALL
        SELECT 'receivable', currency, -amount FROM payments_payment WHERE status = 'succeeded'
        UNION ALL
        SELECT 'receivable', currency, amount FROM payments_refund
        WHERE status = 'succeeded' AND credit_note_id IS NULL
        UNION ALL
        SELECT 'tax_payable of ' || line.tax_country, invoice.currency, -line.tax
        FROM payments_invoiceline AS line JOIN payments_invoice AS invoice ON invoice.id = line.invoice_id
        WHERE invoice.status IN ('open', 'paid') AND line.tax <> 0
        UNION ALL
        SELECT 'tax_payable of ' || tax.key, note.currency, tax.value::numeric
        FROM payments_creditnote AS note
        JOIN payments_refund AS refund ON refund.credit_note_id = note.id AND refund.status = 'succeeded'
        CROSS JOIN jsonb_each_text(note.taxes) AS tax
        UNION ALL
        SELECT 'tax_payable of ' || account.owner, entry.currency, entry.amount
        FROM ledger_ledgertransaction AS made
        JOIN ledger_ledgerentry AS entry ON entry.transaction_id = made.id
        JOIN ledger_ledgeraccount AS account ON account.id = entry.account_id AND account.kind = 'tax_payable'
        WHERE made.idempotency_key = ANY(ARRAY(
            SELECT deed || invoice.id
            FROM payments_invoice AS invoice CROSS JOIN unnest(ARRAY['invoice:', 'uncollectible:']) AS deed
            WHERE invoice.status = 'uncollectible'))
    )
    SELECT kind, currency, coalesce(booked.amount, 0), coalesce(worked_out.amount, 0)
    FROM booked
    FULL JOIN (SELECT kind, currency, sum(amount) AS amount FROM known GROUP BY 1, 2) AS worked_out
         USING (kind, currency)
    WHERE coalesce(booked.amount, 0) <> coalesce(worked_out.amount, 0)
    ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the books that cannot be, in a sentence."""

    sentence: str


def faults() -> list[Fault]:
    """Return what is wrong with the books; nothing when they are sound.

    Every posting sums to zero and is about something; what is deferred is what lines have not earned yet; what is
    receivable is what invoices ask for and payments have not brought; what is owed to a country is the tax of lines,
    less that of credit notes.
    """
    counted = [
        (unbalanced_transactions(using=DATABASE), "{} postings do not sum to zero."),
        (len(mismatched_accounts(using=DATABASE)), "{} cached balances are not what their entries add up to."),
        (_unexplained(), "{} postings are about nothing, or something was never posted."),
    ]
    return [Fault(sentence.format(number)) for number, sentence in counted if number] + _differing()


def _unexplained() -> int:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_UNEXPLAINED)
        return int(cursor.fetchone()[0])


def _differing() -> list[Fault]:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute(_SIDES)
        rows: list[tuple[str, str, Decimal, Decimal]] = cursor.fetchall()
    return [
        Fault(f"{kind} in {currency} is {booked.normalize():f} in the books, and {known.normalize():f} by our rows.")
        for kind, currency, booked, known in rows
    ]

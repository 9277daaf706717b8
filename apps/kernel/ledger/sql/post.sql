-- The door of the ledger. Reads the relation ledger_lines(key, kind, occurred_at, account_id, currency, amount) and the
-- relation ledger_ended(account_id, amount) of holds that end with this posting; balances move once for both.
ledger_wanted AS MATERIALIZED (
    SELECT key COLLATE "C" AS key, kind, occurred_at,
           md5(string_agg(account_id || ' ' || currency || ' ' || amount::numeric(38, 8), ';' ORDER BY account_id)) AS body_hash
    FROM ledger_lines
    GROUP BY key COLLATE "C", kind, occurred_at
),
ledger_made AS (
    INSERT INTO ledger_ledgertransaction (idempotency_key, kind, body_hash, occurred_at)
    SELECT key, kind, body_hash, occurred_at FROM ledger_wanted
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING id, idempotency_key
),
ledger_entries AS (
    INSERT INTO ledger_ledgerentry (transaction_id, account_id, currency, amount)
    SELECT made.id, line.account_id, line.currency, line.amount
    FROM ledger_lines AS line
    JOIN ledger_made AS made ON made.idempotency_key = line.key COLLATE "C"
    RETURNING account_id, amount
),
ledger_deltas AS MATERIALIZED (
    SELECT account_id, sum(amount) AS amount, sum(released) AS released
    FROM (
        SELECT account_id, amount, 0 AS released FROM ledger_entries
        UNION ALL
        SELECT account_id, 0, amount FROM ledger_ended
    ) AS moves
    GROUP BY account_id
),
ledger_moved AS (
    UPDATE ledger_ledgerbalance AS cached
    SET balance = cached.balance + delta.amount, held = cached.held - delta.released
    FROM ledger_deltas AS delta
    WHERE delta.account_id = cached.account_id
    RETURNING cached.account_id
)

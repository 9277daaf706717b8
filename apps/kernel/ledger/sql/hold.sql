-- Set cash aside. Reads the relation ledger_holding(key, account_id, amount).
ledger_held AS (
    INSERT INTO ledger_ledgerhold (key, account_id, amount, state)
    SELECT key, account_id, amount, 'pending' FROM ledger_holding
    ON CONFLICT (key) DO NOTHING
    RETURNING account_id, amount
),
ledger_reserved AS (
    UPDATE ledger_ledgerbalance AS cached
    SET held = cached.held + held.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM ledger_held GROUP BY account_id) AS held
    WHERE held.account_id = cached.account_id
    RETURNING cached.account_id
)

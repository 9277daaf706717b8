-- Give back what ended holds had set aside, where nothing is posted with it. Reads ledger_ended.
ledger_released AS (
    UPDATE ledger_ledgerbalance AS cached
    SET held = cached.held - ended.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM ledger_ended GROUP BY account_id) AS ended
    WHERE ended.account_id = cached.account_id
    RETURNING cached.account_id
)

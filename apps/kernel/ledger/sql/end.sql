-- End holds, each in one of posted, void, expired. Reads the relation ledger_ending(key, state).
ledger_ended AS (
    UPDATE ledger_ledgerhold AS hold
    SET state = ending.state
    FROM ledger_ending AS ending
    WHERE hold.key = ending.key AND hold.state = 'pending'
    RETURNING hold.account_id, hold.amount
)

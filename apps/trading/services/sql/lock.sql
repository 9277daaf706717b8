-- Locks the cash of everyone in a shard, in ascending id, before anything is read from it.
SELECT count(*)
FROM (
    SELECT cash.account_id
    FROM trading_follow AS follow
    JOIN trading_account AS account ON account.id = follow.account_id
    JOIN ledger_ledgerbalance AS cash ON cash.account_id = account.cash_ledger_id
    WHERE follow.roster_id = %(roster)s AND follow.shard = %(shard)s
    ORDER BY cash.account_id
    FOR UPDATE OF cash
) AS locked

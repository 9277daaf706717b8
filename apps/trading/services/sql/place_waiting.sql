-- The open after the bar is not known yet: the order waits for it, and a buy's cash is held meanwhile.
orders AS (
    INSERT INTO trading_order (client_order_id, account_id, execution_id, follow_id, symbol, side, qty, notional, status)
    SELECT chosen.client_order_id, chosen.account_id, frame.id, chosen.follow_id, frame.symbol, frame.side,
           CASE WHEN chosen.budget IS NULL THEN chosen.qty END, chosen.budget, 'accepted'
    FROM chosen CROSS JOIN frame
    RETURNING client_order_id
),
ledger_holding AS (
    SELECT 'order/' || client_order_id AS key, cash_ledger_id AS account_id, needed AS amount
    FROM chosen WHERE needed > 0
)

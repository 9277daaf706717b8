-- The open after the bar is known: the order is filled as it is made.
trades AS MATERIALIZED (
    SELECT chosen.client_order_id, uuid_generate_v5(%(namespace)s::uuid, chosen.client_order_id || '/fill/1') AS fill_id,
           chosen.account_id, chosen.follow_id, chosen.user_id, chosen.currency,
           chosen.cash_ledger_id, chosen.positions_ledger_id, chosen.realised_ledger_id,
           chosen.qty, chosen.price, chosen.notional, chosen.fee, chosen.slippage, chosen.cost, chosen.basis
    FROM chosen
),
orders AS (
    INSERT INTO trading_order (client_order_id, account_id, execution_id, follow_id, symbol, side, qty, notional,
                               filled_qty, filled_avg_price, status)
    SELECT chosen.client_order_id, chosen.account_id, frame.id, chosen.follow_id, frame.symbol, frame.side,
           CASE WHEN chosen.budget IS NULL THEN chosen.qty END, chosen.budget, chosen.qty, chosen.price, 'filled'
    FROM chosen CROSS JOIN frame
    RETURNING client_order_id
)

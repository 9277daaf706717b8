-- What a fill does: the fill itself and its ledger lines. Reads frame and trades.
fills AS (
    INSERT INTO trading_fill (order_id, number, fill_id, batch_id, qty, price, notional, fee, slippage, cost, realized_pl,
                              executed_at)
    SELECT trades.client_order_id, 1, trades.fill_id, %(batch)s, trades.qty, trades.price, trades.notional, trades.fee,
           trades.slippage, trades.cost, CASE WHEN frame.side = 'sell' THEN trades.cost - trades.basis END,
           frame.executed_at
    FROM trades CROSS JOIN frame
    RETURNING order_id
),
house AS MATERIALIZED (
    SELECT currency, max(id) FILTER (WHERE kind = 'fees') AS fees, max(id) FILTER (WHERE kind = 'slippage') AS slippage
    FROM ledger_ledgeraccount WHERE owner = 'house' GROUP BY currency
),
ledger_lines AS MATERIALIZED (
    SELECT ('fill/' || trades.fill_id) COLLATE "C" AS key, 'fill' AS kind, frame.executed_at AS occurred_at,
           line.account_id, trades.currency, line.amount
    FROM trades
    CROSS JOIN frame
    JOIN house ON house.currency = trades.currency
    CROSS JOIN LATERAL (VALUES
        (trades.cash_ledger_id,
         CASE frame.side WHEN 'buy' THEN -(trades.notional + trades.fee) ELSE trades.notional - trades.fee END),
        (trades.positions_ledger_id, CASE frame.side WHEN 'buy' THEN trades.cost ELSE -trades.basis END),
        (house.fees, trades.fee),
        (house.slippage, trades.slippage),
        (trades.realised_ledger_id, CASE frame.side WHEN 'buy' THEN 0 ELSE trades.basis - trades.cost END)
    ) AS line (account_id, amount)
    WHERE line.amount <> 0
)

-- Orders that waited for the open after their bar, which is known now. They are sized by the same rule at that price.
standing AS (
    SELECT waiting.client_order_id, waiting.qty, waiting.notional AS budget, waiting.follow_id,
           account.id AS account_id, account.user_id, account.currency,
           account.cash_ledger_id, account.positions_ledger_id, account.realised_ledger_id,
           account.fee_bps * 0.0001 AS fee_rate,
           CASE WHEN account.slippage_bps = 0 THEN frame.reference
                WHEN frame.side = 'buy' THEN -floor(-frame.reference * (1 + account.slippage_bps * 0.0001) / frame.tick) * frame.tick
                ELSE greatest(floor(frame.reference * (1 - account.slippage_bps * 0.0001) / frame.tick) * frame.tick, frame.tick)
           END AS price,
           cash.balance - cash.held + coalesce(hold.amount, 0) AS available,
           coalesce(position.qty, 0) AS position_qty, coalesce(position.cost_basis, 0) AS basis
    FROM frame
    JOIN trading_order AS waiting ON waiting.execution_id = frame.id AND waiting.status = 'accepted'
    JOIN trading_follow AS follow ON follow.id = waiting.follow_id AND follow.shard = %(shard)s
    JOIN trading_account AS account ON account.id = waiting.account_id
    JOIN ledger_ledgerbalance AS cash ON cash.account_id = account.cash_ledger_id
    LEFT JOIN ledger_ledgerhold AS hold ON hold.key = 'order/' || waiting.client_order_id
    LEFT JOIN trading_position AS position ON position.follow_id = waiting.follow_id AND position.symbol = frame.symbol
    WHERE frame.open_price IS NOT NULL
),
sized AS MATERIALIZED (
    SELECT standing.*,
        CASE WHEN frame.side = 'sell' THEN least(standing.qty, standing.position_qty)
             ELSE least(
                 coalesce(standing.qty, div(standing.budget, standing.price * frame.lot) * frame.lot),
                 div(greatest(standing.available - 0.00000002, 0), standing.price * (1 + standing.fee_rate) * frame.lot) * frame.lot)
        END AS fill_qty
    FROM standing CROSS JOIN frame
),
valued AS MATERIALIZED (
    SELECT sized.*, round(sized.fill_qty * sized.price, 8) AS value, round(sized.fill_qty * frame.reference, 8) AS cost
    FROM sized CROSS JOIN frame
),
trades AS MATERIALIZED (
    SELECT client_order_id, uuid_generate_v5(%(namespace)s::uuid, client_order_id || '/fill/1') AS fill_id,
           account_id, follow_id, user_id, currency, cash_ledger_id, positions_ledger_id, realised_ledger_id,
           fill_qty AS qty, price, value AS notional, round(value * fee_rate, 8) AS fee,
           CASE frame.side WHEN 'buy' THEN value - cost ELSE cost - value END AS slippage, cost, basis
    FROM valued CROSS JOIN frame
    WHERE fill_qty > 0
),
orders AS (
    UPDATE trading_order AS waiting
    SET status = 'filled', filled_qty = trades.qty, filled_avg_price = trades.price,
        qty = CASE WHEN waiting.qty IS NULL THEN NULL ELSE trades.qty END, updated_at = now()
    FROM trades WHERE waiting.client_order_id = trades.client_order_id
    RETURNING waiting.client_order_id
),
ledger_ending AS (SELECT 'order/' || client_order_id AS key, 'posted' AS state FROM trades)

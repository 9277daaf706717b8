-- One decision for each member. The order of the reasons is the contract of docs/trading.md.
-- The steps are MATERIALIZED: pulled together, each use of a column would compute the steps before it once more.
members AS MATERIALIZED (
    SELECT terms.follow_id, terms.sizing, terms.sizing_value, terms.max_notional_per_order,
           terms.max_price_deviation_bps, terms.max_signal_age_bars,
           account.id AS account_id, account.user_id, account.currency, account.status,
           account.kill_switch, account.max_open_positions, account.daily_loss_limit_pct,
           account.cash_ledger_id, account.positions_ledger_id, account.realised_ledger_id,
           account.fee_bps * 0.0001 AS fee_rate,
           CASE WHEN account.slippage_bps = 0 THEN frame.reference
                WHEN frame.side = 'buy' THEN -floor(-frame.reference * (1 + account.slippage_bps * 0.0001) / frame.tick) * frame.tick
                ELSE greatest(floor(frame.reference * (1 - account.slippage_bps * 0.0001) / frame.tick) * frame.tick, frame.tick)
           END AS price,
           cash.balance, cash.balance - cash.held AS available,
           coalesce(position.qty, 0) AS position_qty, coalesce(position.cost_basis, 0) AS basis,
           coalesce(entitlement.auto_execute AND (entitlement.valid_until IS NULL OR entitlement.valid_until > clock_timestamp())
                    AND (terms.sizing <> 'risk_to_stop' OR entitlement.features -> 'signals.targets' = 'true'), false) AS entitled,
           CASE WHEN jsonb_typeof(entitlement.features -> 'trading.max_follows') = 'number'
                     AND entitlement.features -> 'trading.max_follows' >= '0'
                THEN (entitlement.features -> 'trading.max_follows')::numeric ELSE %(free_follows)s
           END AS max_follows
    FROM frame
    JOIN trading_followterms AS terms ON terms.roster_id = frame.roster_id AND terms.shard = %(shard)s
         AND terms.from_version <= frame.roster_version
         AND (terms.to_version IS NULL OR terms.to_version > frame.roster_version)
         AND (terms.active OR frame.side = 'sell')
    JOIN trading_follow AS follow ON follow.id = terms.follow_id
    JOIN trading_account AS account ON account.id = follow.account_id
    JOIN ledger_ledgerbalance AS cash ON cash.account_id = account.cash_ledger_id
    LEFT JOIN trading_position AS position ON position.follow_id = terms.follow_id AND position.symbol = frame.symbol
    LEFT JOIN trading_entitlement AS entitlement ON entitlement.user_id = account.user_id
),
gated AS MATERIALIZED (
    SELECT members.*,
        CASE
        WHEN frame.side = 'sell' AND frame.exit_expired THEN 'SIGNAL_EXPIRED'
        WHEN frame.side = 'buy' AND (frame.entry_expired OR frame.age_bars > members.max_signal_age_bars) THEN 'SIGNAL_EXPIRED'
        WHEN frame.halted OR members.kill_switch = 'HALTED' OR members.status <> 'ACTIVE' THEN 'TRADING_HALTED'
        WHEN frame.side = 'sell' AND members.position_qty = 0 THEN 'NO_POSITION'
        WHEN frame.side = 'sell' AND intent.standing THEN 'DUPLICATE_INTENT'
        WHEN frame.side = 'sell' THEN NULL
        WHEN frame.reducing OR members.kill_switch = 'REDUCING' THEN 'TRADING_HALTED'
        WHEN NOT members.entitled OR members.max_follows <= (
                SELECT count(*) FROM trading_follow AS older
                WHERE older.user_id = members.user_id AND older.id < members.follow_id AND older.state <> 'ended')
            THEN 'ENTITLEMENT_MISSING'
        WHEN frame.stale THEN 'STALE_MARKET_DATA'
        WHEN members.position_qty > 0 THEN 'ALREADY_IN_POSITION'
        WHEN intent.standing THEN 'DUPLICATE_INTENT'
        WHEN abs(frame.reference - frame.signal_price) * 10000 > members.max_price_deviation_bps * frame.signal_price
            THEN 'PRICE_DEVIATION_EXCEEDED'
        WHEN members.max_open_positions <= (
                SELECT (SELECT count(*) FROM trading_follow AS other
                        JOIN trading_position AS held ON held.follow_id = other.id AND held.qty > 0
                        WHERE other.account_id = members.account_id)
                     + (SELECT count(*) FROM trading_follow AS other
                        JOIN trading_order AS waiting
                             ON waiting.follow_id = other.id AND waiting.status = 'accepted' AND waiting.side = 'buy'
                        WHERE other.account_id = members.account_id))
            THEN 'MAX_OPEN_POSITIONS'
        WHEN members.daily_loss_limit_pct IS NOT NULL AND (
                SELECT -sum(day.result) > 0
                   AND -sum(day.result) * 100
                       >= members.daily_loss_limit_pct * (members.balance + sum(day.cost_basis) - sum(day.result))
                FROM (SELECT held.cost_basis, CASE WHEN held.day = frame.day THEN held.day_result ELSE 0 END AS result
                      FROM trading_follow AS other JOIN trading_position AS held ON held.follow_id = other.id
                      WHERE other.account_id = members.account_id) AS day)
            THEN 'DAILY_LOSS_LIMIT'
        END AS refusal
    FROM members
    CROSS JOIN frame
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM trading_order AS waiting
                       WHERE waiting.follow_id = members.follow_id AND waiting.status = 'accepted'
                         AND waiting.symbol = frame.symbol) AS standing
    ) AS intent
),
budgeted AS MATERIALIZED (
    SELECT gated.*,
        CASE WHEN frame.side = 'sell' OR gated.refusal IS NOT NULL OR gated.sizing = 'risk_to_stop' THEN NULL
             WHEN gated.sizing = 'fixed_notional' THEN trunc(gated.sizing_value, 12)
             WHEN gated.sizing = 'all_in'
                 THEN div(greatest(gated.available - 0.00000002, 0) * 1000000000000, 1 + gated.fee_rate) * 0.000000000001
             ELSE trunc(wealth.equity * gated.sizing_value * 0.01, 12)
        END AS budget,
        CASE WHEN frame.side = 'sell' OR gated.refusal IS NOT NULL OR gated.sizing <> 'risk_to_stop' THEN NULL
             WHEN frame.stop < frame.signal_price
                 THEN div(wealth.equity * gated.sizing_value * 0.01, (frame.signal_price - frame.stop) * frame.lot) * frame.lot
             ELSE 0
        END AS risked_qty
    FROM gated
    CROSS JOIN frame
    LEFT JOIN LATERAL (
        SELECT gated.balance + coalesce(sum(held.qty * CASE WHEN held.symbol = frame.symbol THEN frame.signal_price ELSE mark.close END), 0)
               AS equity
        FROM trading_follow AS other
        JOIN trading_position AS held ON held.follow_id = other.id AND held.qty > 0
        LEFT JOIN LATERAL (
            SELECT quote.close FROM trading_quote AS quote
            WHERE quote.symbol = held.symbol AND quote.close IS NOT NULL
            ORDER BY quote.closed_at DESC LIMIT 1
        ) AS mark ON true
        WHERE other.account_id = gated.account_id
    ) AS wealth ON gated.sizing IN ('percent_of_equity', 'risk_to_stop') AND frame.side = 'buy' AND gated.refusal IS NULL
),
sized AS MATERIALIZED (
    SELECT budgeted.*,
        CASE WHEN frame.side = 'sell' THEN budgeted.position_qty
             ELSE coalesce(budgeted.risked_qty, div(budgeted.budget, budgeted.price * frame.lot) * frame.lot)
        END AS qty
    FROM budgeted CROSS JOIN frame
),
valued AS MATERIALIZED (
    SELECT sized.*, round(sized.qty * sized.price, 8) AS notional, round(sized.qty * frame.reference, 8) AS cost
    FROM sized CROSS JOIN frame
),
priced AS MATERIALIZED (
    SELECT valued.*, round(valued.notional * valued.fee_rate, 8) AS fee,
        CASE frame.side WHEN 'buy' THEN valued.notional - valued.cost ELSE valued.cost - valued.notional END AS slippage,
        CASE WHEN frame.side = 'sell' THEN 0
             WHEN frame.open_price IS NOT NULL OR valued.sizing = 'risk_to_stop'
                 THEN valued.notional + round(valued.notional * valued.fee_rate, 8)
             WHEN valued.sizing = 'all_in' THEN valued.available
             ELSE round(valued.budget * (1 + valued.fee_rate), 8) + 0.00000001
        END AS needed
    FROM valued CROSS JOIN frame
),
verdicts AS MATERIALIZED (
    SELECT priced.*,
        CASE WHEN priced.refusal IS NOT NULL THEN priced.refusal
             WHEN frame.side = 'sell' THEN 'executed'
             WHEN priced.qty <= 0 OR priced.notional < frame.min_notional THEN 'BELOW_MIN_NOTIONAL'
             WHEN priced.notional > priced.max_notional_per_order THEN 'NOTIONAL_EXCEEDS_MAX_PER_ORDER'
             WHEN priced.needed > priced.available THEN 'INSUFFICIENT_BUYING_POWER'
             ELSE 'executed'
        END AS code
    FROM priced CROSS JOIN frame
),
decisions AS (
    INSERT INTO trading_decision (execution_id, follow_id, code, detail)
    SELECT frame.id, verdicts.follow_id, verdicts.code,
        CASE verdicts.code
        WHEN 'SIGNAL_EXPIRED' THEN jsonb_build_object('age_bars', frame.age_bars)
        WHEN 'PRICE_DEVIATION_EXCEEDED' THEN jsonb_build_object(
            'price', frame.reference::text, 'signal_price', frame.signal_price::text,
            'limit_bps', verdicts.max_price_deviation_bps::text)
        WHEN 'MAX_OPEN_POSITIONS' THEN jsonb_build_object('limit', verdicts.max_open_positions)
        WHEN 'DAILY_LOSS_LIMIT' THEN jsonb_build_object('limit_pct', verdicts.daily_loss_limit_pct::text)
        WHEN 'BELOW_MIN_NOTIONAL' THEN jsonb_build_object(
            'notional', verdicts.notional::text, 'limit', frame.min_notional::text)
        WHEN 'NOTIONAL_EXCEEDS_MAX_PER_ORDER' THEN jsonb_build_object(
            'notional', verdicts.notional::text, 'limit', verdicts.max_notional_per_order::text)
        WHEN 'INSUFFICIENT_BUYING_POWER' THEN jsonb_build_object(
            'needed', verdicts.needed::text, 'available', verdicts.available::text)
        END
    FROM verdicts CROSS JOIN frame
    ORDER BY verdicts.follow_id
    ON CONFLICT (execution_id, follow_id) DO NOTHING
    RETURNING follow_id, code
),
chosen AS MATERIALIZED (
    SELECT verdicts.*,
           uuid_generate_v5(%(namespace)s::uuid, frame.signal_id || '/' || verdicts.account_id || '/'
               || CASE frame.side WHEN 'buy' THEN 'entry' ELSE 'exit' END || '/' || frame.revision) AS client_order_id
    FROM decisions
    JOIN verdicts ON verdicts.follow_id = decisions.follow_id
    CROSS JOIN frame
    WHERE decisions.code = 'executed'
)

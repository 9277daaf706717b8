-- Positions, and the events that state the fills: JSON batches of structured CloudEvents, built here so that no row
-- crosses into Python. Reads frame and trades.
positions AS (
    INSERT INTO trading_position AS position (follow_id, symbol, qty, cost_basis, day, day_result)
    SELECT trades.follow_id, frame.symbol,
           CASE frame.side WHEN 'buy' THEN trades.qty ELSE 0 END,
           CASE frame.side WHEN 'buy' THEN trades.cost ELSE 0 END,
           frame.day,
           CASE frame.side WHEN 'buy' THEN 0 ELSE trades.cost - trades.basis END - trades.fee - trades.slippage
    FROM trades CROSS JOIN frame
    ON CONFLICT (follow_id, symbol) DO UPDATE SET
        qty = CASE excluded.qty WHEN 0 THEN 0 ELSE position.qty + excluded.qty END,
        cost_basis = CASE excluded.qty WHEN 0 THEN 0 ELSE position.cost_basis + excluded.cost_basis END,
        day = excluded.day,
        day_result = excluded.day_result + CASE position.day WHEN excluded.day THEN position.day_result ELSE 0 END
    RETURNING follow_id
),
wording AS MATERIALIZED (
    SELECT '{"specversion":"1.0","source":"/treum/trading","type":"trade.executed","datacontenttype":"application/json",'
           || '"dataschema":"urn:treum:event:trade.executed:1","actor":"service:trading","time":"'
           || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
           || '","correlationid":' || to_json(frame.correlation_id)::text
           || ',"causationid":' || to_json(frame.causation_id)::text
           || ',"traceparent":' || to_json(frame.traceparent)::text
           || ',"partitionkey":"' || partition || '","id":"' AS head,
           '","data":{"signal_id":"' || frame.signal_id
           || '","strategy":' || to_json(frame.strategy)::text
           || ',"symbol":' || to_json(frame.symbol)::text
           || ',"side":"' || frame.side
           || '","executed_at":"' || to_char(frame.executed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
           || '","simulated":' || frame.simulated || ',"fill_id":"' AS fact,
           frame.side, partition
    FROM frame CROSS JOIN (SELECT 'execution/' || %(execution)s || '/' || %(shard)s AS partition) AS place
),
statements AS MATERIALIZED (
    SELECT (row_number() OVER (ORDER BY trades.follow_id) - 1) / %(events_per_message)s AS part,
           wording.head || trading_uuid7() || '","subject":"fill/' || trades.fill_id || wording.fact || trades.fill_id
           || '","order_id":"' || trades.client_order_id
           || '","account_id":' || trades.account_id
           || ',"follow_id":' || trades.follow_id
           || ',"user_id":"' || trades.user_id
           || '","qty":"' || trim_scale(trades.qty)
           || '","price":"' || trim_scale(trades.price)
           || '","notional":"' || trim_scale(trades.notional)
           || '","fee":"' || trim_scale(trades.fee)
           || CASE wording.side WHEN 'buy' THEN '","realized_pl":null'
                   ELSE '","realized_pl":"' || trim_scale(trades.cost - trades.basis) || '"' END
           || ',"currency":' || to_json(trades.currency)::text || '}}' AS event
    FROM trades CROSS JOIN wording
),
messages AS (
    INSERT INTO outbox_message (message_id, kind, name, body, event_version, event_count, partition_key,
                                correlation_id, causation_id, traceparent, actor)
    SELECT trading_uuid7(), 'event_batch', 'trade.executed', packed.body, 1, packed.events, wording.partition,
           frame.correlation_id, frame.causation_id, frame.traceparent, 'service:trading'
    FROM (SELECT part, count(*) AS events, '[' || string_agg(event, ',') || ']' AS body FROM statements GROUP BY part) AS packed
    CROSS JOIN wording CROSS JOIN frame
    ORDER BY packed.part
    RETURNING id
)

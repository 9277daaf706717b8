-- Everything that is the same for all members of an execution: one row.
frame AS MATERIALIZED (
    SELECT execution.id, execution.signal_id, execution.roster_id, execution.strategy, execution.symbol, execution.side,
           execution.price AS signal_price, execution.stop, execution.roster_version, execution.revision,
           execution.correlation_id, execution.causation_id, execution.traceparent,
           upcoming.price AS open_price,
           coalesce(upcoming.price, quote.close, execution.price) AS reference,
           upcoming.at AS executed_at,
           (coalesce(upcoming.at, bar.closed_at, execution.bar_time) AT TIME ZONE 'UTC')::date AS day,
           coalesce(quote.lot, 0.00000001) AS lot,
           coalesce(quote.tick, 0.00000001) AS tick,
           coalesce(quote.min_notional, 0) AS min_notional,
           coalesce(quote.simulated, true) AS simulated,
           execution.expired OR age.bars >= execution.expires_after_bars AS entry_expired,
           execution.expired OR age.bars >= execution.expires_after_bars * %(exit_age_factor)s AS exit_expired,
           age.bars AS age_bars,
           coalesce(NOT quote.simulated AND clock_timestamp() - quote.closed_at > 2 * (bar.closed_at - bar.bar_time), false)
               AS stale,
           'HALTED' IN (roster.kill_switch, coalesce(platform.kill_switch, 'ACTIVE')) AS halted,
           'REDUCING' IN (roster.kill_switch, coalesce(platform.kill_switch, 'ACTIVE')) AS reducing
    FROM trading_execution AS execution
    JOIN trading_strategyroster AS roster ON roster.strategy_id = execution.roster_id
    LEFT JOIN trading_platformswitch AS platform ON platform.id = 1
    LEFT JOIN trading_quote AS quote ON (quote.symbol, quote.timeframe) = (execution.symbol, execution.timeframe)
    LEFT JOIN trading_marketbar AS bar
           ON (bar.symbol, bar.timeframe, bar.bar_time) = (execution.symbol, execution.timeframe, execution.bar_time)
    LEFT JOIN LATERAL (
        SELECT later.open, later.bar_time
        FROM trading_marketbar AS later
        WHERE later.symbol = execution.symbol AND later.timeframe = execution.timeframe
          AND later.bar_time > execution.bar_time
        ORDER BY later.bar_time LIMIT 1
    ) AS following ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(bar.next_open, following.open) AS price, coalesce(bar.next_open_at, following.bar_time) AS at
    ) AS upcoming
    CROSS JOIN LATERAL (
        SELECT count(*) AS bars
        FROM trading_marketbar AS later
        WHERE later.symbol = execution.symbol AND later.timeframe = execution.timeframe
          AND later.bar_time > execution.bar_time
    ) AS age
    WHERE execution.id = %(execution)s
)

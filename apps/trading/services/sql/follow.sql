-- Follows a roster with many accounts at once: each gets the next free place, and with it its shard for good.
wanted AS (
    SELECT * FROM unnest(
        %(accounts)s::bigint[], %(sizings)s::text[], %(values)s::numeric[], %(max_notionals)s::numeric[],
        %(deviations)s::numeric[], %(ages)s::int[]
    ) WITH ORDINALITY AS wanted (account_id, sizing, sizing_value, max_notional, deviation, age, place)
),
made AS (
    INSERT INTO trading_follow (account_id, roster_id, user_id, shard, state)
    SELECT wanted.account_id, %(roster)s, account.user_id, (%(places)s + wanted.place - 1) / %(shard_size)s, 'active'
    FROM wanted JOIN trading_account AS account ON account.id = wanted.account_id
    ORDER BY wanted.place
    RETURNING id, account_id, user_id, shard
),
terms AS (
    INSERT INTO trading_followterms (follow_id, roster_id, shard, from_version, active, sizing, sizing_value,
                                     max_notional_per_order, max_price_deviation_bps, max_signal_age_bars)
    SELECT made.id, %(roster)s, made.shard, %(version)s, true, wanted.sizing, wanted.sizing_value,
           wanted.max_notional, wanted.deviation, wanted.age
    FROM made JOIN wanted ON wanted.account_id = made.account_id
    ORDER BY made.id
    RETURNING follow_id
)

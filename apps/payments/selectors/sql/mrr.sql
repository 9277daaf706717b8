-- Monthly recurring revenue at each of some moments, and what moved it from one to the next, by currency.
WITH bound AS MATERIALIZED (
    SELECT number::int, at FROM unnest(%(moments)s::timestamptz[]) WITH ORDINALITY AS one (at, number)
),
span AS (
    SELECT subscription_id, price_id, after AS status, changed_at AS since,
           lead(changed_at) OVER (PARTITION BY subscription_id ORDER BY version) AS until
    FROM payments_subscriptionchange
),
paying AS MATERIALIZED (
    SELECT subscription.customer_id, price.currency, span.since, span.until,
           payments_half_even(
               price.unit_amount * 100,
               (100 + CASE price.tax_behavior WHEN 'inclusive' THEN coalesce(billed.tax_percentage, 0) ELSE 0 END)
               * price.interval_count * CASE price.interval WHEN 'year' THEN 12 ELSE 1 END,
               scale.places) AS monthly
    FROM span
    JOIN payments_subscription AS subscription ON subscription.id = span.subscription_id
    JOIN payments_price AS price ON price.id = span.price_id
    JOIN unnest(%(currencies)s::text[], %(places)s::int[]) AS scale (currency, places) ON scale.currency = price.currency
    LEFT JOIN LATERAL (
        SELECT line.tax_percentage
        FROM payments_invoice AS invoice
        JOIN payments_invoiceline AS line ON line.invoice_id = invoice.id AND line.kind <> 'unused_time'
        WHERE invoice.subscription_id = span.subscription_id AND invoice.finalized_at <= span.since
        ORDER BY invoice.number DESC LIMIT 1
    ) AS billed ON true
    WHERE span.status = ANY(%(paying)s) AND span.until IS DISTINCT FROM span.since
),
first_paid AS (
    SELECT customer_id, currency, min(since) AS at FROM paying GROUP BY customer_id, currency
),
worth AS MATERIALIZED (
    SELECT bound.number, customer_id, currency, sum(monthly) AS amount
    FROM bound JOIN paying ON since < bound.at AND (until IS NULL OR until >= bound.at)
    GROUP BY bound.number, customer_id, currency
),
month AS (
    SELECT number, customer_id, currency, sum(before) AS before, sum(after) AS after
    FROM (
        SELECT number, customer_id, currency, amount AS before, 0 AS after FROM worth
        UNION ALL
        SELECT number - 1, customer_id, currency, 0, amount FROM worth
    ) AS sides
    WHERE number BETWEEN 1 AND cardinality(%(moments)s::timestamptz[]) - 1
    GROUP BY number, customer_id, currency
)
SELECT (bound.at AT TIME ZONE 'UTC')::date AS month, currency,
       sum(before) AS starting,
       coalesce(sum(after) FILTER (WHERE before = 0 AND first_paid.at >= bound.at), 0) AS new,
       coalesce(sum(after) FILTER (WHERE before = 0 AND first_paid.at < bound.at), 0) AS reactivation,
       coalesce(sum(after - before) FILTER (WHERE before > 0 AND after > before), 0) AS expansion,
       coalesce(sum(before - after) FILTER (WHERE after > 0 AND after < before), 0) AS contraction,
       coalesce(sum(before) FILTER (WHERE after = 0), 0) AS churned,
       sum(after) AS ending,
       count(*) FILTER (WHERE before > 0) AS customers_at_start,
       count(*) FILTER (WHERE before > 0 AND after = 0) AS customers_lost,
       count(*) FILTER (WHERE after > 0) AS customers_at_end
FROM month
JOIN bound USING (number)
JOIN first_paid USING (customer_id, currency)
GROUP BY bound.at, currency
ORDER BY bound.at, currency

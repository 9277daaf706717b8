-- Cancels open orders, gives their cash back and says so.
cancelled AS (
    UPDATE trading_order AS waiting
    SET status = 'canceled', cancel_reason = %(reason)s, updated_at = now()
    WHERE waiting.client_order_id = ANY(%(orders)s) AND waiting.status = 'accepted'
    RETURNING waiting.*
),
ledger_ending AS (
    SELECT 'order/' || client_order_id AS key, CASE %(reason)s WHEN 'SIGNAL_EXPIRED' THEN 'expired' ELSE 'void' END AS state
    FROM cancelled
)

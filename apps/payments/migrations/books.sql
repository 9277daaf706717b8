-- A quotient at so many decimal places, a tie to the even neighbour, as apps/payments/rules/rounding.py has it.
CREATE FUNCTION payments_half_even(dividend numeric, divisor numeric, places int) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT round(sign(dividend) * (part.whole + CASE
               WHEN 2 * part.rest > divisor OR (2 * part.rest = divisor AND part.whole % 2 = 1) THEN 1 ELSE 0
           END) / power(10::numeric, places), places)
    FROM (SELECT div(abs(dividend) * power(10::numeric, places), divisor) AS whole,
                 mod(abs(dividend) * power(10::numeric, places), divisor) AS rest) AS part
$$;

-- The books of payments are read by account and by time; those of trading, which are written a hundred times as often, are not.
CREATE INDEX payments_entry_account ON ledger_ledgerentry (account_id);
CREATE INDEX payments_transaction_time ON ledger_ledgertransaction (occurred_at);

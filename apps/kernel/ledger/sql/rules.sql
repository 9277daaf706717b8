ALTER TABLE ledger_ledgerbalance SET (fillfactor = 60);

ALTER TABLE ledger_ledgerentry
    ADD CONSTRAINT ledger_entry_account_currency FOREIGN KEY (account_id, currency)
    REFERENCES ledger_ledgeraccount (id, currency);

CREATE FUNCTION ledger_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT transaction_id, currency, sum(amount) AS total INTO wrong
    FROM inserted GROUP BY transaction_id, currency HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Ledger transaction % sums to % % instead of zero.', wrong.transaction_id, wrong.total, wrong.currency
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_entries_sum_to_zero AFTER INSERT ON ledger_ledgerentry
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_unbalanced();

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: % on % is refused; post a reversal.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transaction_no_delete BEFORE DELETE OR TRUNCATE ON ledger_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transaction_no_update BEFORE UPDATE OF id, idempotency_key, kind, body_hash, occurred_at, posted_at
    ON ledger_ledgertransaction FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- The one thing that is learned later: which transaction a reversal undoes. It is written once.
CREATE FUNCTION ledger_refuse_second_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reverses_id IS NOT NULL THEN
        RAISE EXCEPTION 'Ledger transaction % already reverses %.', OLD.id, OLD.reverses_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_transaction_link_once BEFORE UPDATE OF reverses_id ON ledger_ledgertransaction
    FOR EACH ROW WHEN (OLD.reverses_id IS DISTINCT FROM NEW.reverses_id) EXECUTE FUNCTION ledger_refuse_second_link();

CREATE FUNCTION ledger_mark_reversal(reversal text, reversed text) RETURNS void LANGUAGE sql AS $$
    UPDATE ledger_ledgertransaction AS made SET reverses_id = origin.id
    FROM ledger_ledgertransaction AS origin
    WHERE made.idempotency_key = reversal AND origin.idempotency_key = reversed AND made.reverses_id IS NULL;
$$;

CREATE FUNCTION ledger_refuse_hold_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'pending' OR NEW.state = 'pending'
       OR (NEW.key, NEW.account_id, NEW.amount) IS DISTINCT FROM (OLD.key, OLD.account_id, OLD.amount) THEN
        RAISE EXCEPTION 'Hold % is % and stays so.', OLD.key, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_hold_ends_once BEFORE UPDATE ON ledger_ledgerhold
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_hold_change();
CREATE TRIGGER ledger_hold_no_delete BEFORE DELETE OR TRUNCATE ON ledger_ledgerhold
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

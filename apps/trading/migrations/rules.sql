ALTER TABLE trading_position SET (fillfactor = 60);
ALTER TABLE trading_shardcursor SET (fillfactor = 60);

ALTER TABLE trading_order
    ADD CONSTRAINT trading_order_decision FOREIGN KEY (execution_id, follow_id)
    REFERENCES trading_decision (execution_id, follow_id);

-- A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds over a random UUIDv4.
CREATE FUNCTION trading_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                    FROM 1 FOR 6),
            52, 1), 53, 1),
        'hex')::uuid
$$;

INSERT INTO trading_ordertransition (from_status, to_status)
SELECT from_status, to_status FROM (VALUES
    ('pending_new', ARRAY['accepted', 'new', 'partially_filled', 'filled', 'pending_cancel', 'canceled', 'rejected', 'denied',
                          'expired', 'unresolved']),
    ('accepted', ARRAY['new', 'held', 'partially_filled', 'filled', 'pending_cancel', 'pending_replace', 'canceled', 'rejected',
                       'expired']),
    ('new', ARRAY['held', 'partially_filled', 'filled', 'pending_cancel', 'pending_replace', 'canceled', 'rejected', 'expired',
                  'unresolved']),
    ('held', ARRAY['accepted', 'new', 'pending_cancel', 'canceled', 'rejected', 'expired']),
    ('partially_filled', ARRAY['filled', 'pending_cancel', 'pending_replace', 'canceled', 'expired', 'unresolved']),
    ('pending_cancel', ARRAY['partially_filled', 'filled', 'canceled', 'expired', 'unresolved']),
    ('pending_replace', ARRAY['new', 'partially_filled', 'filled', 'replaced', 'canceled', 'rejected', 'expired', 'unresolved']),
    ('unresolved', ARRAY['accepted', 'new', 'partially_filled', 'filled', 'canceled', 'rejected', 'expired'])
) AS allowed (from_status, targets), unnest(allowed.targets) AS to_status;

CREATE FUNCTION trading_refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM trading_ordertransition
                   WHERE from_status = OLD.status AND to_status = NEW.status) THEN
        RAISE EXCEPTION 'An order cannot go from % to %.', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER trading_order_transitions BEFORE UPDATE OF status ON trading_order
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION trading_refuse_transition();

"""The record of signals is append-only, whoever writes: a trigger says so."""

from django.db import migrations

GUARD = """
CREATE FUNCTION signals_guard_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving CONSTANT text[] := ARRAY['status', 'outcome', 'decided_at', 'hypothetical_return'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Signal % stays on record; no signal is deleted.', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'Signal % was published and is not edited; publish a revision.', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        OLD.status = 'active' OR (OLD.status = 'expired' AND NEW.status = 'closed')
    ) THEN
        RAISE EXCEPTION 'Signal % is % and cannot become %; status only moves forward.', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.outcome <> 'none' AND (NEW.outcome, NEW.decided_at, NEW.hypothetical_return)
        IS DISTINCT FROM (OLD.outcome, OLD.decided_at, OLD.hypothetical_return) THEN
        RAISE EXCEPTION 'The outcome of signal % was decided; it is not decided again.', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signals_guard_record BEFORE UPDATE OR DELETE ON signals_signal
    FOR EACH ROW EXECUTE FUNCTION signals_guard_record();
"""
UNGUARD = """
DROP TRIGGER signals_guard_record ON signals_signal;
DROP FUNCTION signals_guard_record();
"""


class Migration(migrations.Migration):
    dependencies = [("signals", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]

"""Wake the relay at commit: PostgreSQL folds the notifications of one transaction into one."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY treum_outbox;
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_wake AFTER INSERT ON outbox_message
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake();
"""
BACKWARD = "DROP TRIGGER outbox_wake ON outbox_message; DROP FUNCTION outbox_wake();"


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

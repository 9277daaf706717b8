"""The one row of the platform's kill switch: staff find it and set it, and never have to make it first."""

from django.db import migrations

SWITCH = """
    INSERT INTO trading_platformswitch (id, kill_switch, changed_at, changed_by)
    VALUES (1, 'ACTIVE', now(), '') ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("trading", "0002_rules")]

    operations = [migrations.RunSQL(SWITCH, migrations.RunSQL.noop)]

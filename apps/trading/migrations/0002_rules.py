"""What the database itself keeps: derived ids, the order's transitions, and that an order has a decision behind it."""

from pathlib import Path

from django.db import migrations

RULES = (Path(__file__).parent / "rules.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("trading", "0001_initial")]

    operations = [
        migrations.RunSQL('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"', migrations.RunSQL.noop),
        migrations.RunSQL(RULES, migrations.RunSQL.noop),
    ]

"""The rules of double entry, kept by the database itself."""

from pathlib import Path

from django.db import migrations

RULES = (Path(__file__).parent.parent / "sql" / "rules.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunSQL(RULES, migrations.RunSQL.noop)]

"""The first documents that people are asked to agree to; what is published is final."""

from pathlib import Path

from django.db import migrations

RULES = (Path(__file__).parent / "rules.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("users", "0003_export_chunks")]

    operations = [migrations.RunSQL(RULES, migrations.RunSQL.noop)]

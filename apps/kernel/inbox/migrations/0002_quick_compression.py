"""Batches of fills compress in a fraction of the time by lz4; a server built without it keeps its own way."""

from django.db import migrations

_QUICK = """
    DO $$ BEGIN
        ALTER TABLE inbox_message ALTER COLUMN body SET COMPRESSION lz4;
    EXCEPTION WHEN feature_not_supported THEN
        NULL;
    END $$
"""
_USUAL = "ALTER TABLE inbox_message ALTER COLUMN body SET COMPRESSION default"


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]
    operations = [migrations.RunSQL(_QUICK, reverse_sql=_USUAL)]

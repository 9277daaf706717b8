"""What the database itself keeps: the transitions of a subscription, and that what was billed is never edited."""

from pathlib import Path

from django.db import migrations

from apps.payments.rules.lifecycle import TRANSITIONS

RULES = (Path(__file__).parent / "rules.sql").read_text()


def write_transitions(apps, schema_editor):
    transition = apps.get_model("payments", "SubscriptionTransition")
    rows = [transition(before=before, after=after) for before, targets in TRANSITIONS.items() for after in targets]
    transition.objects.using(schema_editor.connection.alias).bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.RunPython(write_transitions, migrations.RunPython.noop),
        migrations.RunSQL(RULES, migrations.RunSQL.noop),
    ]

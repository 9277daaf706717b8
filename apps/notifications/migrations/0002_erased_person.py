"""Who was erased, so that nothing more is told to them."""

from django.db import migrations, models

import apps.kernel.clock


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ErasedPerson",
            fields=[
                ("user_id", models.UUIDField(primary_key=True, serialize=False)),
                ("erased_at", models.DateTimeField(db_default=apps.kernel.clock.ClockTimestamp())),
            ],
            options={"db_table": "notifications_erased_person"},
        ),
    ]

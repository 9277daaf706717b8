from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="auditwitness",
            options={"managed": False, "verbose_name_plural": "audit witnesses"},
        ),
    ]

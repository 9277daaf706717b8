from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_rules"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="ledgerentry",
            options={"verbose_name_plural": "ledger entries"},
        ),
    ]

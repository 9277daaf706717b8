from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("trading", "0004_venue_credentials"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="followterms",
            options={"verbose_name_plural": "follow terms"},
        ),
        migrations.AlterModelOptions(
            name="series",
            options={"verbose_name_plural": "series"},
        ),
        migrations.AlterModelOptions(
            name="settlementbatch",
            options={"verbose_name_plural": "settlement batches"},
        ),
    ]

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0004_money"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="livebatch",
            options={"verbose_name_plural": "live batches"},
        ),
    ]

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("sandbox", "0002_weather_by_seed"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="delivery",
            options={"verbose_name_plural": "deliveries"},
        ),
    ]

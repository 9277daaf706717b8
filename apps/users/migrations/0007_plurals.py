from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0006_standing_of_subscriptions"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="tokenfamily",
            options={"verbose_name_plural": "token families"},
        ),
    ]

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_books"),
    ]

    operations = [
        migrations.CreateModel(
            name="Figures",
            fields=[],
            options={
                "verbose_name": "figures",
                "verbose_name_plural": "figures",
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("payments.bookentry",),
        ),
        migrations.AlterModelOptions(
            name="bookentry",
            options={"verbose_name_plural": "book entries"},
        ),
    ]

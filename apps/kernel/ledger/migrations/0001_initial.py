"""The first tables."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import apps.kernel.ledger.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LedgerAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("owner", models.TextField()),
                ("currency", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="LedgerHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.TextField(db_collation="C", unique=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="ledger.ledgeraccount"
                    ),
                ),
                ("amount", apps.kernel.ledger.models.AmountField(decimal_places=8, max_digits=38)),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("pending", "Pending"),
                            ("posted", "Posted"),
                            ("void", "Void"),
                            ("expired", "Expired"),
                        ],
                        default="pending",
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="LedgerTransaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("idempotency_key", models.TextField(db_collation="C", unique=True)),
                ("kind", models.TextField()),
                ("body_hash", models.TextField()),
                ("occurred_at", models.DateTimeField()),
                ("posted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "reverses",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="ledger.ledgertransaction",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerBalance",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="balance",
                        serialize=False,
                        to="ledger.ledgeraccount",
                    ),
                ),
                ("balance", apps.kernel.ledger.models.AmountField(decimal_places=8, default=0, max_digits=38)),
                ("held", apps.kernel.ledger.models.AmountField(decimal_places=8, default=0, max_digits=38)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "transaction_id", "account_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.ledgertransaction",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.ledgeraccount",
                    ),
                ),
                ("currency", models.TextField()),
                ("amount", apps.kernel.ledger.models.AmountField(decimal_places=8, max_digits=38)),
            ],
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(fields=("owner", "kind", "currency"), name="ledger_account_once"),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(fields=("id", "currency"), name="ledger_account_currency"),
        ),
        migrations.AddConstraint(
            model_name="ledgerbalance",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance__gte", models.F("held"))), name="ledger_available_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerbalance",
            constraint=models.CheckConstraint(condition=models.Q(("held__gte", 0)), name="ledger_held_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="ledgerhold",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="ledger_hold_positive"),
        ),
        migrations.AddConstraint(
            model_name="ledgerhold",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "posted", "void", "expired"])), name="ledger_hold_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgertransaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", False)), fields=("reverses",), name="ledger_reversed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="ledger_entry_moves_something"
            ),
        ),
    ]

"""The first tables."""

import uuid
from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import apps.trading.models.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                ("user_id", models.UUIDField(primary_key=True, serialize=False)),
                ("standing_version", models.PositiveBigIntegerField()),
                ("features", models.JSONField(default=dict)),
                ("auto_execute", models.BooleanField(default=False)),
                ("valid_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="MarketBar",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "symbol", "timeframe", "bar_time", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("symbol", models.CharField(max_length=32)),
                ("timeframe", models.CharField(max_length=8)),
                ("bar_time", models.DateTimeField()),
                ("closed_at", models.DateTimeField()),
                ("open", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38)),
                ("close", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38)),
                ("next_open", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                ("next_open_at", models.DateTimeField(null=True)),
                ("noted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="OrderTransition",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "from_status", "to_status", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "from_status",
                    models.CharField(
                        choices=[
                            ("pending_new", "Pending New"),
                            ("accepted", "Accepted"),
                            ("new", "New"),
                            ("held", "Held"),
                            ("partially_filled", "Partially Filled"),
                            ("filled", "Filled"),
                            ("pending_cancel", "Pending Cancel"),
                            ("pending_replace", "Pending Replace"),
                            ("canceled", "Canceled"),
                            ("replaced", "Replaced"),
                            ("expired", "Expired"),
                            ("rejected", "Rejected"),
                            ("denied", "Denied"),
                            ("unresolved", "Unresolved"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "to_status",
                    models.CharField(
                        choices=[
                            ("pending_new", "Pending New"),
                            ("accepted", "Accepted"),
                            ("new", "New"),
                            ("held", "Held"),
                            ("partially_filled", "Partially Filled"),
                            ("filled", "Filled"),
                            ("pending_cancel", "Pending Cancel"),
                            ("pending_replace", "Pending Replace"),
                            ("canceled", "Canceled"),
                            ("replaced", "Replaced"),
                            ("expired", "Expired"),
                            ("rejected", "Rejected"),
                            ("denied", "Denied"),
                            ("unresolved", "Unresolved"),
                        ],
                        max_length=16,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Quote",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "symbol", "timeframe", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("symbol", models.CharField(max_length=32)),
                ("timeframe", models.CharField(max_length=8)),
                ("bar_time", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("close", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                ("currency", models.CharField(default="", max_length=12)),
                ("tick", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                ("lot", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                ("min_notional", apps.trading.models.fields.QuantityField(decimal_places=18, default=0, max_digits=38)),
                ("simulated", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "strategy_id", "symbol", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("strategy_id", models.BigIntegerField()),
                ("symbol", models.CharField(max_length=32)),
                ("opened", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ShardCursor",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "strategy_id", "symbol", "shard", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("strategy_id", models.BigIntegerField()),
                ("symbol", models.CharField(max_length=32)),
                ("shard", models.PositiveIntegerField()),
                ("sequence", models.PositiveBigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.UUIDField(db_index=True)),
                ("name", models.CharField(max_length=80)),
                ("venue", models.CharField(choices=[("paper", "Paper")], default="paper", max_length=16)),
                ("currency", models.CharField(max_length=12)),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "Active"), ("CLOSED", "Closed")], default="ACTIVE", max_length=16
                    ),
                ),
                ("fee_bps", models.DecimalField(decimal_places=4, default=Decimal("10"), max_digits=8)),
                ("slippage_bps", models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=8)),
                ("max_open_positions", models.PositiveIntegerField(blank=True, null=True)),
                ("daily_loss_limit_pct", models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True)),
                (
                    "kill_switch",
                    models.CharField(
                        choices=[("ACTIVE", "Active"), ("REDUCING", "Reducing"), ("HALTED", "Halted")],
                        default="ACTIVE",
                        max_length=8,
                    ),
                ),
                (
                    "cash_ledger",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.ledgeraccount",
                    ),
                ),
                (
                    "positions_ledger",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.ledgeraccount",
                    ),
                ),
                (
                    "realised_ledger",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.ledgeraccount",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlatformSwitch",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                (
                    "kill_switch",
                    models.CharField(
                        choices=[("ACTIVE", "Active"), ("REDUCING", "Reducing"), ("HALTED", "Halted")],
                        default="ACTIVE",
                        max_length=8,
                    ),
                ),
                ("changed_at", models.DateTimeField(auto_now=True)),
                ("changed_by", models.CharField(blank=True, default="", max_length=128)),
            ],
            options={
                "verbose_name_plural": "platform switches",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="trading_one_platform_switch"),
                    models.CheckConstraint(
                        condition=models.Q(("kill_switch__in", ["ACTIVE", "REDUCING", "HALTED"])),
                        name="trading_platform_switch",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StrategyRoster",
            fields=[
                ("strategy_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("strategy", models.CharField(blank=True, default="", max_length=64)),
                ("version", models.PositiveBigIntegerField(default=0)),
                ("places", models.PositiveBigIntegerField(default=0)),
                ("shards", models.PositiveIntegerField(default=0)),
                (
                    "kill_switch",
                    models.CharField(
                        choices=[("ACTIVE", "Active"), ("REDUCING", "Reducing"), ("HALTED", "Halted")],
                        default="ACTIVE",
                        max_length=8,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kill_switch__in", ["ACTIVE", "REDUCING", "HALTED"])),
                        name="trading_roster_switch",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Execution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("signal_id", models.UUIDField(unique=True)),
                (
                    "roster",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="executions",
                        to="trading.strategyroster",
                    ),
                ),
                ("strategy", models.CharField(max_length=64)),
                ("symbol", models.CharField(max_length=32)),
                ("timeframe", models.CharField(max_length=8)),
                ("side", models.CharField(choices=[("buy", "Buy"), ("sell", "Sell")], max_length=4)),
                ("price", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38)),
                ("target", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                ("stop", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                ("bar_time", models.DateTimeField()),
                ("expiry", models.DateTimeField()),
                ("expires_after_bars", models.PositiveIntegerField()),
                ("sequence", models.PositiveBigIntegerField()),
                ("revision", models.PositiveIntegerField(default=0)),
                ("signalled_at", models.DateTimeField()),
                ("expired", models.BooleanField(default=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("noted", "Noted"), ("open", "Open"), ("completed", "Completed")],
                        default="noted",
                        max_length=12,
                    ),
                ),
                ("roster_version", models.PositiveBigIntegerField(null=True)),
                ("shards_total", models.PositiveIntegerField(default=0)),
                ("shards_left", models.PositiveIntegerField(default=0)),
                ("decisions", models.JSONField(default=dict)),
                ("correlation_id", models.CharField(max_length=64)),
                ("causation_id", models.CharField(max_length=64)),
                ("traceparent", models.CharField(max_length=64)),
                ("noted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("completed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Follow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="follows", to="trading.account"
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follows",
                        to="trading.strategyroster",
                    ),
                ),
                ("user_id", models.UUIDField(db_index=True)),
                ("shard", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("paused", "Paused"), ("ended", "Ended")],
                        default="active",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "execution_id", "follow_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "execution",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed",
                        to="trading.execution",
                    ),
                ),
                (
                    "follow",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="trading.follow",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("executed", "Executed"),
                            ("SIGNAL_EXPIRED", "Signal Expired"),
                            ("TRADING_HALTED", "Trading Halted"),
                            ("ENTITLEMENT_MISSING", "Entitlement Missing"),
                            ("STALE_MARKET_DATA", "Stale Market Data"),
                            ("ALREADY_IN_POSITION", "Already In Position"),
                            ("NO_POSITION", "No Position"),
                            ("DUPLICATE_INTENT", "Duplicate Intent"),
                            ("PRICE_DEVIATION_EXCEEDED", "Price Deviation Exceeded"),
                            ("MAX_OPEN_POSITIONS", "Max Open Positions"),
                            ("DAILY_LOSS_LIMIT", "Daily Loss Limit"),
                            ("BELOW_MIN_NOTIONAL", "Below Min Notional"),
                            ("NOTIONAL_EXCEEDS_MAX_PER_ORDER", "Notional Exceeds Max Per Order"),
                            ("INSUFFICIENT_BUYING_POWER", "Insufficient Buying Power"),
                        ],
                        max_length=32,
                    ),
                ),
                ("detail", models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="FollowTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "follow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="terms", to="trading.follow"
                    ),
                ),
                ("roster_id", models.BigIntegerField()),
                ("shard", models.PositiveIntegerField()),
                ("from_version", models.PositiveBigIntegerField()),
                ("to_version", models.PositiveBigIntegerField(null=True)),
                ("active", models.BooleanField(default=True)),
                (
                    "sizing",
                    models.CharField(
                        choices=[
                            ("fixed_notional", "Fixed Notional"),
                            ("percent_of_equity", "Percent Of Equity"),
                            ("all_in", "All In"),
                            ("risk_to_stop", "Risk To Stop"),
                        ],
                        max_length=20,
                    ),
                ),
                ("sizing_value", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                (
                    "max_notional_per_order",
                    apps.trading.models.fields.CashField(decimal_places=8, max_digits=38, null=True),
                ),
                ("max_price_deviation_bps", models.DecimalField(decimal_places=4, max_digits=9, null=True)),
                ("max_signal_age_bars", models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("client_order_id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="trading.account"
                    ),
                ),
                (
                    "execution",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="trading.execution",
                    ),
                ),
                (
                    "follow",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="trading.follow",
                    ),
                ),
                ("symbol", models.CharField(max_length=32)),
                ("side", models.CharField(choices=[("buy", "Buy"), ("sell", "Sell")], max_length=4)),
                ("type", models.CharField(db_default="market", default="market", max_length=16)),
                ("time_in_force", models.CharField(db_default="gtd", default="gtd", max_length=4)),
                ("order_class", models.CharField(db_default="simple", default="simple", max_length=8)),
                ("qty", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                ("notional", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                (
                    "filled_qty",
                    apps.trading.models.fields.QuantityField(
                        db_default=Decimal("0"), decimal_places=18, default=Decimal("0"), max_digits=38
                    ),
                ),
                (
                    "filled_avg_price",
                    apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending_new", "Pending New"),
                            ("accepted", "Accepted"),
                            ("new", "New"),
                            ("held", "Held"),
                            ("partially_filled", "Partially Filled"),
                            ("filled", "Filled"),
                            ("pending_cancel", "Pending Cancel"),
                            ("pending_replace", "Pending Replace"),
                            ("canceled", "Canceled"),
                            ("replaced", "Replaced"),
                            ("expired", "Expired"),
                            ("rejected", "Rejected"),
                            ("denied", "Denied"),
                            ("unresolved", "Unresolved"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "cancel_reason",
                    models.CharField(
                        choices=[
                            ("SIGNAL_EXPIRED", "Signal Expired"),
                            ("TRADING_HALTED", "Trading Halted"),
                            ("USER_REQUEST", "User Request"),
                        ],
                        max_length=16,
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "follow_id", "symbol", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "follow",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="positions",
                        to="trading.follow",
                    ),
                ),
                ("symbol", models.CharField(max_length=32)),
                ("qty", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38)),
                ("cost_basis", apps.trading.models.fields.CashField(decimal_places=8, max_digits=38)),
                ("day", models.DateField()),
                ("day_result", apps.trading.models.fields.CashField(decimal_places=8, max_digits=38)),
            ],
        ),
        migrations.CreateModel(
            name="SettlementBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "execution",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="trading.execution",
                    ),
                ),
                ("shard", models.PositiveIntegerField()),
                (
                    "leg",
                    models.CharField(
                        choices=[("taken", "Taken"), ("filled", "Filled later")], default="taken", max_length=8
                    ),
                ),
                ("price", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38, null=True)),
                ("executed_at", models.DateTimeField(null=True)),
                ("fills", models.PositiveIntegerField(default=0)),
                ("decisions", models.JSONField(default=dict)),
                ("booked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Fill",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "order_id", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fills",
                        to="trading.order",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("fill_id", models.UUIDField(default=uuid.uuid4)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="filled",
                        to="trading.settlementbatch",
                    ),
                ),
                ("qty", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38)),
                ("price", apps.trading.models.fields.QuantityField(decimal_places=18, max_digits=38)),
                ("notional", apps.trading.models.fields.CashField(decimal_places=8, max_digits=38)),
                ("fee", apps.trading.models.fields.CashField(decimal_places=8, max_digits=38)),
                ("slippage", apps.trading.models.fields.CashField(decimal_places=8, max_digits=38)),
                ("cost", apps.trading.models.fields.CashField(decimal_places=8, max_digits=38)),
                ("realized_pl", apps.trading.models.fields.CashField(decimal_places=8, max_digits=38, null=True)),
                ("executed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(fields=("user_id", "name"), name="trading_account_name_once"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fee_bps__gte", 0), ("fee_bps__lt", 10000), ("slippage_bps__gte", 0), ("slippage_bps__lt", 10000)
                ),
                name="trading_account_costs",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("kill_switch__in", ["ACTIVE", "REDUCING", "HALTED"])), name="trading_account_switch"
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("daily_loss_limit_pct__gt", 0)), name="trading_account_loss_limit"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["follow", "execution"], name="trading_decision_of_follow"),
        ),
        migrations.AddIndex(
            model_name="followterms",
            index=models.Index(fields=["roster_id", "shard", "from_version"], name="trading_terms_members"),
        ),
        migrations.AddConstraint(
            model_name="followterms",
            constraint=models.UniqueConstraint(
                condition=models.Q(("to_version__isnull", True)), fields=("follow",), name="trading_terms_one_current"
            ),
        ),
        migrations.AddConstraint(
            model_name="followterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("to_version__isnull", True), ("to_version__gt", models.F("from_version")), _connector="OR"
                ),
                name="trading_terms_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="followterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sizing", "all_in"), ("sizing_value__isnull", True)),
                    models.Q(
                        models.Q(("sizing", "all_in"), _negated=True),
                        ("sizing_value__gt", 0),
                        ("sizing_value__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="trading_terms_sizing",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "accepted")), fields=["execution"], name="trading_order_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "accepted")), fields=["follow"], name="trading_order_intent"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("qty__isnull", False), ("notional__isnull", False), _connector="OR"),
                name="trading_order_sized",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("qty__isnull", True), ("filled_qty__lte", models.F("qty")), _connector="OR"),
                name="trading_order_not_overfilled",
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.CheckConstraint(
                condition=models.Q(("qty__gt", 0), models.Q(("cost_basis", 0), ("qty", 0)), _connector="OR"),
                name="trading_position_long_or_flat",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlementbatch",
            constraint=models.UniqueConstraint(fields=("execution", "shard", "leg"), name="trading_batch_once"),
        ),
        migrations.AddConstraint(
            model_name="fill",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gt", 0), ("qty__gt", 0)), name="trading_fill_positive"
            ),
        ),
        migrations.AddIndex(
            model_name="follow",
            index=models.Index(fields=["roster", "shard"], name="trading_follow_shard"),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "ended"), _negated=True),
                fields=("roster", "account"),
                name="trading_follow_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["active", "paused", "ended"])), name="trading_follow_state"
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("status", "completed"), _negated=True),
                fields=["symbol", "timeframe", "bar_time"],
                name="trading_execution_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="execution",
            constraint=models.UniqueConstraint(
                fields=("roster", "symbol", "sequence"), name="trading_execution_sequence"
            ),
        ),
        migrations.AddConstraint(
            model_name="execution",
            constraint=models.CheckConstraint(
                condition=models.Q(("shards_left__lte", models.F("shards_total"))), name="trading_execution_shards"
            ),
        ),
    ]

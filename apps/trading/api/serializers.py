"""The shapes of the trading API."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from rest_framework import serializers

from apps.kernel.api.fields import Command, DecimalString, ModelSerializer, Moment
from apps.kernel.text import plain
from apps.trading.enums import KillSwitch, Sizing
from apps.trading.models import Account, Decision, Fill, Follow, FollowTerms, Order, Position, VenueCredential
from apps.trading.rules.reasons import reason


class AccountSerializer(ModelSerializer[Account]):
    """A trading account at its present worth."""

    cash = DecimalString(read_only=True)
    buying_power = DecimalString(read_only=True)
    equity = DecimalString(read_only=True)

    class Meta:
        model = Account
        fields = (
            "id", "name", "venue", "currency", "status", "kill_switch", "cash", "buying_power", "equity", "fee_bps",
            "slippage_bps", "max_open_positions", "daily_loss_limit_pct", "created_at",
        )  # fmt: skip


class AccountCommand(Command):
    """A paper account to be opened."""

    name = serializers.CharField(max_length=64)
    currency = serializers.ChoiceField(
        choices=settings.TREUM_TRADING_PAPER_CURRENCIES, default=settings.TREUM_TRADING_PAPER_CURRENCIES[0]
    )


class VenueCredentialSerializer(ModelSerializer[VenueCredential]):
    """A key at a venue, without what opens the venue."""

    class Meta:
        model = VenueCredential
        fields = ("id", "venue", "label", "key_hint", "created_at", "replaced_at")


class SecretsCommand(Command):
    """What opens a venue. None of it is ever shown again."""

    key = serializers.CharField(min_length=8, max_length=512, write_only=True)
    secret = serializers.CharField(min_length=8, max_length=8192, write_only=True)
    passphrase = serializers.CharField(max_length=512, default=None, allow_null=True, write_only=True)


class VenueCredentialCommand(SecretsCommand):
    """A key that you have made at a venue."""

    venue = serializers.CharField(max_length=32)
    label = serializers.CharField(max_length=64)  # type: ignore[assignment] # the name that people know it by

    def validate_venue(self, value: str) -> str:
        """Refuse venues that we do not trade at."""
        if value not in settings.TREUM_TRADING_VENUES:
            raise serializers.ValidationError(f"We trade at {', '.join(settings.TREUM_TRADING_VENUES)} only.")
        return value


class LabelCommand(Command):
    """What you call a credential."""

    label = serializers.CharField(max_length=64)  # type: ignore[assignment] # the name that people know it by


class KillSwitchCommand(Command):
    """How much trading is allowed from now on."""

    state = serializers.ChoiceField(choices=KillSwitch.choices)


class CancelledSerializer(serializers.Serializer[Any]):
    """The switch as it stands, and how many open orders setting it has cancelled."""

    state = serializers.ChoiceField(choices=KillSwitch.choices)
    cancelled_orders = serializers.IntegerField()


class TermsSerializer(ModelSerializer[FollowTerms]):
    """The terms of a follow."""

    class Meta:
        model = FollowTerms
        fields = (
            "sizing", "sizing_value", "max_notional_per_order", "max_price_deviation_bps", "max_signal_age_bars",
        )  # fmt: skip


class FollowSerializer(ModelSerializer[Follow]):
    """An account follows a strategy, on its present terms."""

    strategy_id = serializers.IntegerField(source="roster_id")
    strategy = serializers.CharField(source="roster.strategy")
    terms = serializers.SerializerMethodField()

    class Meta:
        model = Follow
        fields = ("id", "account_id", "strategy_id", "strategy", "state", "terms", "created_at")

    def get_terms(self, follow: Follow) -> TermsSerializer:
        """Return the newest terms; the view fetches these alone."""
        return TermsSerializer(follow.terms.all()[0]).data  # type: ignore[return-value] # what the schema shows


class TermsCommand(Command):
    """The terms that a follow is to have. What is left out is switched off."""

    sizing = serializers.ChoiceField(choices=Sizing.choices)
    sizing_value = DecimalString(required=False, allow_null=True, default=None)
    max_notional_per_order = DecimalString(required=False, allow_null=True, default=None, decimal_places=8)
    max_price_deviation_bps = DecimalString(
        required=False, allow_null=True, default=None, max_digits=9, decimal_places=4
    )
    max_signal_age_bars = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=10_000
    )


class FollowCommand(TermsCommand):
    """Which account is to follow which strategy, on which terms."""

    account_id = serializers.IntegerField(min_value=1)
    strategy_id = serializers.IntegerField(min_value=1)


class OrderSerializer(ModelSerializer[Order]):
    """An order, in Alpaca's words."""

    id = serializers.UUIDField(source="client_order_id")
    leaves_qty = DecimalString(allow_null=True, read_only=True)
    signal_id = serializers.UUIDField(source="execution.signal_id")
    strategy = serializers.CharField(source="execution.strategy")

    class Meta:
        model = Order
        fields = (
            "id", "client_order_id", "account_id", "follow_id", "signal_id", "strategy", "symbol", "side", "type",
            "time_in_force", "order_class", "qty", "notional", "filled_qty", "leaves_qty", "filled_avg_price", "status",
            "cancel_reason", "created_at", "updated_at",
        )  # fmt: skip


class FillSerializer(ModelSerializer[Fill]):
    """A fill: the fact that an order traded."""

    id = serializers.UUIDField(source="fill_id")
    order_id = serializers.UUIDField()
    account_id = serializers.IntegerField(source="order.account_id")
    follow_id = serializers.IntegerField(source="order.follow_id")
    symbol = serializers.CharField(source="order.symbol")
    side = serializers.CharField(source="order.side")

    class Meta:
        model = Fill
        fields = (
            "id", "order_id", "account_id", "follow_id", "symbol", "side", "qty", "price", "notional", "fee",
            "slippage", "realized_pl", "executed_at",
        )  # fmt: skip


class PositionSerializer(ModelSerializer[Position]):
    """An open position, marked at the newest close."""

    account_id = serializers.IntegerField(source="follow.account_id")
    follow_id = serializers.IntegerField()
    qty_available = DecimalString(source="qty")
    avg_entry_price = serializers.SerializerMethodField()
    market_value = DecimalString(allow_null=True)
    unrealized_pl = DecimalString(allow_null=True)

    class Meta:
        model = Position
        fields = (
            "account_id", "follow_id", "symbol", "qty", "qty_available", "avg_entry_price", "cost_basis",
            "market_value", "unrealized_pl",
        )  # fmt: skip

    def get_avg_entry_price(self, position: Position) -> str:
        """Return the cost per unit."""
        return DecimalString(decimal_places=18).to_representation(position.cost_basis / position.qty)


class DecisionSerializer(ModelSerializer[Decision]):
    """What a signal meant for a follow, and why."""

    follow_id = serializers.IntegerField()
    account_id = serializers.IntegerField(source="follow.account_id")
    signal_id = serializers.UUIDField(source="execution.signal_id")
    strategy_id = serializers.IntegerField(source="execution.roster_id")
    strategy = serializers.CharField(source="execution.strategy")
    symbol = serializers.CharField(source="execution.symbol")
    side = serializers.CharField(source="execution.side")
    bar_time = Moment(source="execution.bar_time")
    reason = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = (
            "signal_id", "account_id", "follow_id", "strategy_id", "strategy", "symbol", "side", "bar_time", "code",
            "reason", "detail",
        )  # fmt: skip

    def get_reason(self, decision: Decision) -> str:
        """Return the decision in a sentence."""
        return reason(decision.code, detail=self.get_detail(decision))

    def get_detail(self, decision: Decision) -> dict[str, str | int] | None:
        """Return the numbers behind the decision: amounts and prices as strings, counts as they are."""
        if decision.detail is None:
            return None
        return {
            name: plain(Decimal(value)) if isinstance(value, str) else value for name, value in decision.detail.items()
        }


class PortfolioDaySerializer(serializers.Serializer[Any]):
    """The worth of an account at the last close of a day."""

    day = serializers.DateField()
    equity = DecimalString()
    cash = DecimalString()
    positions = DecimalString()


class StatisticsSerializer(serializers.Serializer[Any]):
    """The figures of a portfolio; what is undefined is null."""

    total_return = serializers.FloatField(allow_null=True)
    cagr = serializers.FloatField(allow_null=True)
    sharpe = serializers.FloatField(allow_null=True)
    sortino = serializers.FloatField(allow_null=True)
    max_drawdown = serializers.FloatField(allow_null=True)
    calmar = serializers.FloatField(allow_null=True)
    round_trips = serializers.IntegerField()
    win_rate = serializers.FloatField(allow_null=True)
    profit_factor = serializers.FloatField(allow_null=True)
    expectancy = serializers.FloatField(allow_null=True)
    exposure = serializers.FloatField(allow_null=True)
    turnover = serializers.FloatField(allow_null=True)
    fees = serializers.FloatField()


class PortfolioSerializer(serializers.Serializer[Any]):
    """An account through time. Results of paper accounts are hypothetical."""

    starting_cash = DecimalString()
    days = PortfolioDaySerializer(many=True)
    statistics = StatisticsSerializer()

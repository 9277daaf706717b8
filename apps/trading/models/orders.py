"""Orders, fills and positions, named as Alpaca names them."""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models.functions import Now

from apps.trading.enums import CancelReason, OrderStatus, Side
from apps.trading.models.accounts import Account
from apps.trading.models.executions import Execution, SettlementBatch
from apps.trading.models.fields import CashField, QuantityField
from apps.trading.models.follows import Follow


class OrderTransition(models.Model):
    """The table of allowed changes of an order's status; a trigger refuses all others."""

    pk = models.CompositePrimaryKey("from_status", "to_status")
    from_status = models.CharField(max_length=16, choices=OrderStatus.choices)
    to_status = models.CharField(max_length=16, choices=OrderStatus.choices)

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class Order(models.Model):
    """The intent to trade. Its id is the client order id: derived from (signal, account, leg, revision)."""

    client_order_id = models.UUIDField(primary_key=True)
    # One composite foreign key to the decision (migration 0002) stands for these three: a decision has a follow, and a
    # follow has one account for good.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders", db_constraint=False)
    execution = models.ForeignKey(
        Execution, on_delete=models.PROTECT, related_name="orders", db_index=False, db_constraint=False
    )
    follow = models.ForeignKey(
        Follow, on_delete=models.PROTECT, related_name="orders", db_index=False, db_constraint=False
    )
    symbol = models.CharField(max_length=32)
    side = models.CharField(max_length=4, choices=Side.choices)
    type = models.CharField(max_length=16, default="market", db_default="market")
    time_in_force = models.CharField(max_length=4, default="gtd", db_default="gtd")
    order_class = models.CharField(max_length=8, default="simple", db_default="simple")
    qty = QuantityField(null=True)
    notional = QuantityField(null=True)
    filled_qty = QuantityField(default=Decimal(0), db_default=Decimal(0))
    filled_avg_price = QuantityField(null=True)
    status = models.CharField(max_length=16, choices=OrderStatus.choices)
    cancel_reason = models.CharField(max_length=16, choices=CancelReason.choices, null=True)  # noqa: DJ001 - no reason
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(qty__isnull=False) | models.Q(notional__isnull=False), name="trading_order_sized"
            ),
            models.CheckConstraint(
                condition=models.Q(qty__isnull=True) | models.Q(filled_qty__lte=models.F("qty")),
                name="trading_order_not_overfilled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["execution"],
                condition=models.Q(status=OrderStatus.ACCEPTED),
                name="trading_order_waiting",
            ),
            models.Index(
                fields=["follow"],
                condition=models.Q(status=OrderStatus.ACCEPTED),
                name="trading_order_intent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.symbol} {self.status}"

    @property
    def leaves_qty(self) -> Decimal | None:
        """What is still to be filled; unknown while a notional order waits for its price."""
        if self.status not in (OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.NEW):
            return Decimal(0)
        return None if self.qty is None else self.qty - self.filled_qty


class Fill(models.Model):
    """The fact that an order traded. `cost` is what the position gained or gave up, without fee and slippage."""

    pk = models.CompositePrimaryKey("order_id", "number")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fills", db_index=False)
    number = models.PositiveSmallIntegerField(default=1)
    fill_id = models.UUIDField(default=uuid.uuid4)
    batch = models.ForeignKey(SettlementBatch, on_delete=models.PROTECT, related_name="filled", db_index=False)
    qty = QuantityField()
    price = QuantityField()
    notional = CashField()
    fee = CashField()
    slippage = CashField()
    cost = CashField()
    realized_pl = CashField(null=True)
    executed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(qty__gt=0, price__gt=0), name="trading_fill_positive")]

    def __str__(self) -> str:
        return f"{self.qty} at {self.price}"


class Position(models.Model):
    """What a follow holds of a symbol. `day_result` is its realised result, net of costs, on the market day `day`."""

    pk = models.CompositePrimaryKey("follow_id", "symbol")
    follow = models.ForeignKey(Follow, on_delete=models.PROTECT, related_name="positions", db_index=False)
    symbol = models.CharField(max_length=32)
    qty = QuantityField()
    cost_basis = CashField()
    day = models.DateField()
    day_result = CashField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(qty__gt=0) | models.Q(qty=0, cost_basis=0), name="trading_position_long_or_flat"
            )
        ]

    def __str__(self) -> str:
        return f"{self.qty} {self.symbol}"

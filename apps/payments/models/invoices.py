"""What customers owe, and what was credited to them."""

from django.db import models
from django.db.models.functions import Now

from apps.kernel.crypto.fields import SealedTextField
from apps.kernel.ids import uuid7
from apps.payments.enums import BillingReason, InvoiceStatus, LineKind, TaxBehavior
from apps.payments.models.catalogue import Price
from apps.payments.models.customers import Customer
from apps.payments.models.fields import AmountField, CountryField, CurrencyField, PercentageField
from apps.payments.models.subscriptions import Subscription


class NumberSequence(models.Model):
    """The next number of a series (`INV`, `CN`). The row is locked while one is given, so that none is missing."""

    series = models.CharField(max_length=8, primary_key=True)
    next_number = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.series} {self.next_number}"


class Invoice(models.Model):
    """A bill. Once finalised its lines, amounts and number never change; credit notes correct it.

    `total` may be below zero: it then becomes customer balance. `amount_due` is what is collected: the total less
    `balance_applied`, and zero at least. `bill_to` is whom it was written for (JSON), and goes when they are erased.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="invoices")
    reason = models.CharField(max_length=24, choices=BillingReason)
    status = models.CharField(max_length=16, choices=InvoiceStatus, default=InvoiceStatus.DRAFT)
    number = models.PositiveIntegerField(null=True, unique=True)
    new_price = models.ForeignKey(
        Price, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Takes effect once paid."
    )
    currency = CurrencyField()
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    country = CountryField()
    subtotal = AmountField(help_text="Without tax.")
    tax = AmountField()
    total = AmountField()
    balance_applied = AmountField(default=0)
    amount_due = AmountField()
    amount_paid = AmountField(default=0)
    amount_credited = AmountField(default=0)
    bill_to = SealedTextField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    finalized_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="payments_invoice_due",
            ),
            models.Index(fields=["customer", "-created_at"], name="payments_invoice_customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "period_start"],
                condition=models.Q(reason__in=[BillingReason.SUBSCRIPTION_CREATE, BillingReason.SUBSCRIPTION_CYCLE]),
                name="payments_period_billed_once",
            ),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=models.Q(reason=BillingReason.SUBSCRIPTION_UPDATE, status=InvoiceStatus.OPEN),
                name="payments_one_open_update",
            ),
            models.CheckConstraint(
                condition=models.Q(status=InvoiceStatus.DRAFT) | models.Q(number__isnull=False),
                name="payments_final_has_number",
            ),
            models.CheckConstraint(
                condition=models.Q(total=models.F("subtotal") + models.F("tax")), name="payments_invoice_adds_up"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_paid__gte=0, amount_paid__lte=models.F("amount_due")),
                name="payments_paid_at_most_due",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_credited__gte=0, amount_credited__lte=models.F("amount_paid")),
                name="payments_credited_at_most_paid",
            ),
        ]

    def __str__(self) -> str:
        return f"INV-{self.number:06d}" if self.number else "draft"


class InvoiceLine(models.Model):
    """One thing on a bill. `net` and `tax` are below zero for a credit. Its net is earned from start to end.

    Each has its own tax: a credit takes back the one that was charged, whatever holds today.
    """

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=16, choices=LineKind)
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    description = models.TextField()
    tax_behavior = models.CharField(max_length=9, choices=TaxBehavior)
    amount = AmountField(help_text="As priced: with the tax where it is inclusive.")
    net = AmountField()
    tax = AmountField()
    tax_country = CountryField(blank=True, default="", help_text="Whom the tax is owed to.")
    tax_name = models.CharField(max_length=32, blank=True, default="")
    tax_percentage = PercentageField(default=0)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    credits = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credited_by",
        help_text="What it credits.",
    )

    def __str__(self) -> str:
        return self.description


class CreditNote(models.Model):
    """A correction of an invoice, gaplessly numbered like it. It never changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.PositiveIntegerField(unique=True)
    currency = CurrencyField()
    net = AmountField()
    tax = AmountField()
    taxes = models.JSONField(default=dict, help_text="The tax by the country that it is owed to.")
    total = AmountField()
    reason = models.CharField(max_length=32)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total=models.F("net") + models.F("tax"), total__gt=0), name="payments_credit_adds_up"
            )
        ]

    def __str__(self) -> str:
        return f"CN-{self.number:06d}"


class Recognition(models.Model):
    """How much of a line's net has been earned, and up to which day; the entries are the ledger's."""

    line = models.OneToOneField(InvoiceLine, on_delete=models.PROTECT, primary_key=True, related_name="recognition")
    currency = CurrencyField()
    net = AmountField()
    earned = AmountField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    earned_to = models.DateField(null=True, help_text="The first day that is not earned yet.")

    class Meta:
        indexes = [
            models.Index(fields=["starts_at"], condition=~models.Q(earned=models.F("net")), name="payments_unearned")
        ]

    def __str__(self) -> str:
        return f"{self.earned} of {self.net} {self.currency}"


class BookEntry(models.Model):
    """What a ledger transaction is about, so that each figure of a report leads to what caused it."""

    key = models.TextField(primary_key=True, db_collation="C", help_text="The ledger's idempotency key.")
    kind = models.CharField(max_length=32)
    invoice_id = models.UUIDField(null=True, db_index=True)
    payment_id = models.UUIDField(null=True, db_index=True)
    refund_id = models.UUIDField(null=True)
    payout_id = models.CharField(max_length=255, blank=True, default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "book entries"

    def __str__(self) -> str:
        return self.key


class Figures(BookEntry):
    """What the books come to: a page of the admin, for those who may read the books, without rows of its own."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = verbose_name_plural = "figures"

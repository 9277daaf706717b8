"""Attempts to collect money, and money that goes back."""

from django.db import models
from django.db.models.functions import Now

from apps.kernel.ids import uuid7
from apps.kernel.money import written
from apps.payments.enums import PaymentStatus, RefundReason, RefundStatus
from apps.payments.models.customers import Customer, PaymentMethod
from apps.payments.models.fields import AmountField, CurrencyField
from apps.payments.models.invoices import CreditNote, Invoice


class Payment(models.Model):
    """One attempt to collect an invoice. It is stored before the provider is asked: `pending` is the recovery point.

    Its key at the provider is derived from its id. `unresolved` means that the answer was lost and is being asked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    attempt = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=24, choices=PaymentStatus, default=PaymentStatus.PENDING)
    provider = models.CharField(max_length=16)
    intent_id = models.CharField(max_length=255, null=True, blank=True, unique=True)
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    off_session = models.BooleanField(default=False)
    amount = AmountField()
    currency = CurrencyField()
    fee = AmountField(default=0)
    refunded = AmountField(default=0)
    page_url = models.TextField(blank=True, default="")
    failure_code = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When the provider was asked last, by the wall.")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "attempt"], name="payments_attempt_once"),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=models.Q(
                    status__in=[
                        PaymentStatus.PENDING,
                        PaymentStatus.REQUIRES_PAYMENT_METHOD,
                        PaymentStatus.REQUIRES_ACTION,
                        PaymentStatus.PROCESSING,
                        PaymentStatus.UNRESOLVED,
                    ]
                ),
                name="payments_one_live_attempt",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payments_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(refunded__gte=0, refunded__lte=models.F("amount")), name="payments_refunded_at_most"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(
                    status__in=[PaymentStatus.PENDING, PaymentStatus.UNRESOLVED, PaymentStatus.PROCESSING]
                ),
                name="payments_payment_open",
            )
        ]

    def __str__(self) -> str:
        return f"{written(self.amount, self.currency)} {self.status}"


class Refund(models.Model):
    """Money of a payment that goes back. Above a limit two members of staff stand behind it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = AmountField()
    currency = CurrencyField()
    reason = models.CharField(max_length=24, choices=RefundReason)
    note = models.TextField(blank=True, default="")
    status = models.CharField(max_length=18, choices=RefundStatus)
    provider_refund_id = models.CharField(max_length=255, null=True, blank=True, unique=True)
    credit_note = models.OneToOneField(
        CreditNote, on_delete=models.PROTECT, null=True, blank=True, related_name="refund"
    )
    requested_by = models.UUIDField(null=True, help_text="The member of staff; null when a rule asked for it.")
    decided_by = models.UUIDField(null=True)
    failure_code = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payments_refund_positive"),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | models.Q(requested_by__isnull=True)
                | ~models.Q(decided_by=models.F("requested_by")),
                name="payments_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{written(self.amount, self.currency)} {self.status}"


class Payout(models.Model):
    """What the provider transferred to our bank. Booked once it is paid, with the movements it is made of."""

    id = models.CharField(max_length=255, primary_key=True, help_text="The provider's.")
    provider = models.CharField(max_length=16)
    amount = AmountField()
    currency = CurrencyField()
    status = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{written(self.amount, self.currency)} {self.status}"

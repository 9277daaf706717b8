"""The shapes of payments on the wire: Stripe's words, amounts as strings at the places of their currency."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.kernel.api.fields import Command, DecimalString, ModelSerializer
from apps.payments.api.fields import Amount, Country
from apps.payments.models import CreditNote, Invoice, InvoiceLine, Payment, PaymentMethod, Plan, Price, Subscription
from apps.payments.selectors.catalogue import Value, features_of
from apps.payments.selectors.taxes import TaxShare, taxes_by_rate
from apps.payments.services import checkout_link

KEY = 64
"""How long the lookup key of a price is at most."""


class PriceSerializer(ModelSerializer[Price]):
    """What a plan costs for an interval. `lookup_key` is what it is subscribed to by."""

    unit_amount = Amount()

    class Meta:
        model = Price
        fields = ("lookup_key", "currency", "interval", "interval_count", "unit_amount", "tax_behavior")


class PlanSerializer(ModelSerializer[Plan]):
    """What can be subscribed to, what it brings and what it costs."""

    features = serializers.SerializerMethodField()
    prices = PriceSerializer(many=True)

    class Meta:
        model = Plan
        fields = ("code", "name", "description", "rank", "trial_days", "features", "prices")

    def get_features(self, plan: Plan) -> dict[str, Value]:
        """Return the features by their codes."""
        return features_of(plan)


class SubscribedPriceSerializer(PriceSerializer):
    """A price with the plan that it is for."""

    plan = serializers.CharField(source="plan.code")

    class Meta:
        model = Price
        fields = ("plan", *PriceSerializer.Meta.fields)


class SubscriptionSerializer(ModelSerializer[Subscription]):
    """A subscription. `checkout_url` is where an incomplete one is paid, or gets the card for its trial."""

    price = SubscribedPriceSerializer()
    next_price = SubscribedPriceSerializer(allow_null=True)
    checkout_url = serializers.SerializerMethodField()

    class Meta:
        model = Subscription
        fields = (
            "id", "status", "price", "next_price", "current_period_start", "current_period_end", "trial_end",
            "cancel_at_period_end", "past_due_since", "canceled_at", "ended_at", "ended_because", "checkout_url",
            "created_at",
        )  # fmt: skip

    def get_checkout_url(self, subscription: Subscription) -> str | None:
        """Return the link, of the one subscription that is incomplete."""
        return checkout_link(subscription)


class LineSerializer(ModelSerializer[InvoiceLine]):
    """One thing on an invoice; credits are below zero."""

    amount = Amount(currency="invoice.currency")
    net = Amount(currency="invoice.currency")
    tax = Amount(currency="invoice.currency")

    class Meta:
        model = InvoiceLine
        fields = ("kind", "description", "amount", "net", "tax", "period_start", "period_end")


class CreditNoteSerializer(ModelSerializer[CreditNote]):
    """A correction of an invoice."""

    number = serializers.CharField(source="__str__")
    net = Amount()
    tax = Amount()
    total = Amount()

    class Meta:
        model = CreditNote
        fields = ("number", "net", "tax", "total", "reason", "created_at")


class TaxShareSerializer(serializers.Serializer[TaxShare]):
    """What of an invoice one rate applies to, and what it comes to."""

    country = serializers.CharField()
    name = serializers.CharField()
    percentage = DecimalString()
    taxable_amount = Amount()
    amount = Amount()


class InvoiceSerializer(ModelSerializer[Invoice]):
    """An invoice. `amount_due` is its total less what was taken from the balance; `amount_credited` was given back."""

    number = serializers.CharField(source="__str__")
    total_taxes = serializers.SerializerMethodField()
    subtotal = Amount()
    tax = Amount()
    total = Amount()
    balance_applied = Amount()
    amount_due = Amount()
    amount_paid = Amount()
    amount_credited = Amount()
    lines = LineSerializer(many=True)
    credit_notes = CreditNoteSerializer(many=True)

    class Meta:
        model = Invoice
        fields = (
            "id", "number", "status", "reason", "subscription_id", "currency", "country", "subtotal", "tax",
            "total_taxes", "total", "balance_applied", "amount_due", "amount_paid", "amount_credited",
            "period_start", "period_end", "next_attempt_at", "finalized_at", "paid_at", "lines", "credit_notes",
        )  # fmt: skip

    @extend_schema_field(TaxShareSerializer(many=True))
    def get_total_taxes(self, invoice: Invoice) -> Any:
        """Return the tax of each rate."""
        return [TaxShareSerializer(share).data for share in taxes_by_rate(invoice)]


class CardSerializer(ModelSerializer[PaymentMethod]):
    """As much of a card as is needed to know it again."""

    class Meta:
        model = PaymentMethod
        fields = ("id", "brand", "last4", "exp_month", "exp_year")


class PaymentMethodSerializer(CardSerializer):
    """A card that the provider keeps. The default one pays what renews."""

    is_default = serializers.BooleanField()

    class Meta:
        model = PaymentMethod
        fields = (*CardSerializer.Meta.fields, "is_default", "created_at")


class PaymentSerializer(ModelSerializer[Payment]):
    """An attempt to collect an invoice."""

    invoice_id = serializers.UUIDField()
    invoice_number = serializers.CharField(source="invoice.__str__")
    payment_method = CardSerializer(source="method", allow_null=True)
    amount = Amount()
    refunded = Amount()

    class Meta:
        model = Payment
        fields = (
            "id", "invoice_id", "invoice_number", "attempt", "status", "amount", "currency", "refunded",
            "payment_method", "off_session", "failure_code", "created_at", "settled_at",
        )  # fmt: skip


class BalanceSerializer(serializers.Serializer[Any]):
    """What we owe you in a currency. It is taken off your next invoice, and never paid out."""

    amount = Amount()
    currency = serializers.CharField()


class BillingSerializer(serializers.Serializer[Any]):
    """How you stand as a payer. `country` is empty until you have said it."""

    country = serializers.CharField()
    balances = BalanceSerializer(many=True)
    default_payment_method = CardSerializer(allow_null=True)


class LinkSerializer(serializers.Serializer[Any]):
    """Where to go on in a browser."""

    checkout_url = serializers.URLField()


class SubscribeCommand(Command):
    """What to subscribe to. `country` may be left out when you have said it before."""

    price = serializers.CharField(max_length=KEY)
    country = Country(required=False)
    trial = serializers.BooleanField(required=False, default=False)


class ChangeCommand(Command):
    """The price to go over to."""

    price = serializers.CharField(max_length=KEY)


class CancelCommand(Command):
    """Whether the subscription ends with its period, or at once."""

    at_period_end = serializers.BooleanField()


class BillingCommand(Command):
    """Where you live. It counts from your next invoice on."""

    country = Country()


def validated(command: Command) -> dict[str, Any]:
    """Return the body of a command. Raises ValidationError."""
    command.is_valid(raise_exception=True)
    return dict(command.validated_data)

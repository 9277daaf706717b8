"""How the lists of payments can be narrowed down."""

from django_filters import rest_framework as filters

from apps.payments.enums import InvoiceStatus, PaymentStatus, SubscriptionStatus
from apps.payments.models import Invoice, Payment, Subscription


class SubscriptionFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?status=…`"""

    status = filters.ChoiceFilter(choices=SubscriptionStatus.choices)

    class Meta:
        model = Subscription
        fields = ("status",)


class InvoiceFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?status=…&subscription_id=…`"""

    status = filters.ChoiceFilter(choices=InvoiceStatus.choices)
    subscription_id = filters.UUIDFilter()

    class Meta:
        model = Invoice
        fields = ("status",)


class PaymentFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?status=…&invoice_id=…`"""

    status = filters.ChoiceFilter(choices=PaymentStatus.choices)
    invoice_id = filters.UUIDFilter()

    class Meta:
        model = Payment
        fields = ("status",)

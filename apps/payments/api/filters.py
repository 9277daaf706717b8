"""How the lists of payments can be narrowed down."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.kernel.ledger.models import LedgerEntry
from apps.payments.enums import InvoiceStatus, PaymentStatus, RefundStatus, SubscriptionStatus
from apps.payments.models import Invoice, Payment, Refund, Subscription, SubscriptionChange
from apps.payments.selectors.books import CUSTOMERS
from apps.payments.selectors.recurring import paying
from apps.payments.services import billing_now


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


class RefundFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?status=…&payment_id=…`"""

    status = filters.ChoiceFilter(choices=RefundStatus.choices)
    payment_id = filters.UUIDFilter()

    class Meta:
        model = Refund
        fields = ("status",)


class EntryFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?kind=…&owner=…&currency=…&since=…&until=…`, the last moment not among them; `customers` are all of them."""

    kind = filters.CharFilter(field_name="account__kind")
    owner = filters.CharFilter(method="of_owner")
    currency = filters.CharFilter()
    since = filters.IsoDateTimeFilter(field_name="transaction__occurred_at", lookup_expr="gte")
    until = filters.IsoDateTimeFilter(field_name="transaction__occurred_at", lookup_expr="lt")

    class Meta:
        model = LedgerEntry
        fields = ("currency",)

    def of_owner(self, entries: QuerySet[LedgerEntry], name: str, owner: str) -> QuerySet[LedgerEntry]:
        """Return the entries of an owner's accounts."""
        theirs = {"account__owner__startswith": "customer:"} if owner == CUSTOMERS else {"account__owner": owner}
        return entries.filter(**theirs)


class PayingFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?at=…&currency=…`, those that were paying right before a moment."""

    at = filters.IsoDateTimeFilter("changed_at", label="Right before this moment; now without it.")
    currency = filters.CharFilter(field_name="price__currency")

    class Meta:
        model = SubscriptionChange
        fields = ("currency",)

    def filter_queryset(self, _: QuerySet[SubscriptionChange]) -> QuerySet[SubscriptionChange]:
        """Return those of the moment, in the currency."""
        at = self.form.cleaned_data.pop("at") or billing_now()
        found: QuerySet[SubscriptionChange] = super().filter_queryset(paying(at))
        return found

"""Who pays, with what, and for what, as staff read it."""

from typing import Any

from django.contrib import admin

from apps.kernel.audit.audited_admin import ReadOnlyAdmin
from apps.payments.admin.amounts import InCurrency
from apps.payments.admin.made_of import OfRecurring
from apps.payments.admin.reading import FoundByNumber, ReadOnlyInline
from apps.payments.models import Customer, Invoice, Payment, PaymentMethod, Subscription, SubscriptionChange
from apps.payments.rules.amounts import written
from apps.payments.selectors.billing import balances_of


class MethodInline(ReadOnlyInline):
    """The cards of a customer."""

    model = PaymentMethod
    fields = ("brand", "last4", "exp_month", "exp_year", "created_at", "detached_at")
    show_change_link = False
    ordering = ("-created_at",)


class SubscriptionInline(ReadOnlyInline):
    """What a customer was and is subscribed to."""

    model = Subscription
    fields = ("price", "status", "current_period_end", "cancel_at_period_end", "created_at", "ended_because")
    read_with = ("price__plan",)
    ordering = ("-created_at",)


class ChangeInline(ReadOnlyInline):
    """The timeline of a subscription, the newest first."""

    model = SubscriptionChange
    fields = ("changed_at", "because", "before", "after", "price", "version")
    read_with = ("price__plan",)
    show_change_link = False
    ordering = ("-version",)
    verbose_name_plural = "timeline"


class InvoiceInline(ReadOnlyInline):
    """The invoices of a subscription."""

    model = Invoice
    fields = ("number", "reason", "status", "total", "amount_due", "amount_paid", "finalized_at", "paid_at")
    ordering = ("-number",)
    fk_name = "subscription"


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """People as payers. Their name is with the users."""

    list_display = ("user_id", "country", "provider", "created_at")
    list_filter = ("country", "provider")
    search_fields = ("=user_id", "=provider_customer_id")
    ordering = ("-created_at",)
    readonly_fields = ("balance",)
    inlines = (SubscriptionInline, MethodInline)
    show_full_result_count = False

    @admin.display(description="balance")
    def balance(self, customer: Customer) -> str:
        """What we owe them, which is taken off their next invoice."""
        owed = [f"{written(one.amount, currency=one.currency)} {one.currency}" for one in balances_of(customer)]
        return ", ".join(owed) or "none"


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Subscriptions with all that happened to them."""

    list_display = (
        "id",
        "customer_user",
        "price",
        "status",
        "current_period_end",
        "cancel_at_period_end",
        "created_at",
    )
    list_filter = (OfRecurring, "status", "cancel_at_period_end", "price__plan")
    search_fields = ("=id", "=customer__user_id")
    list_select_related = ("customer", "price__plan")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    inlines = (ChangeInline, InvoiceInline)
    show_full_result_count = False

    @admin.display(description="user")
    def customer_user(self, subscription: Subscription) -> Any:
        """Whose it is."""
        return subscription.customer.user_id


@admin.register(Payment)
class PaymentAdmin(FoundByNumber, InCurrency, ReadOnlyAdmin):
    """Attempts to collect money."""

    list_display = ("created_at", "invoice", "attempt", "status", "amount", "fee", "refunded", "failure_code")
    list_filter = ("status", "off_session", "currency", "provider")
    search_fields = ("=id", "=intent_id", "=invoice__number", "=customer__user_id")
    list_select_related = ("invoice",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    show_full_result_count = False

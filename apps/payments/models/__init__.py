"""The rows of the payments context."""

from apps.payments.models.catalogue import Feature, Plan, PlanFeature, Price, TaxRate
from apps.payments.models.customers import BillingClock, Customer, PaymentMethod, TrialSecret, TrialUse
from apps.payments.models.invoices import (
    BookEntry,
    CreditNote,
    Figures,
    Invoice,
    InvoiceLine,
    NumberSequence,
    Recognition,
)
from apps.payments.models.money import Payment, Payout, Refund
from apps.payments.models.notices import Difference, ProviderNotice, Reconciliation
from apps.payments.models.subscriptions import Subscription, SubscriptionChange, SubscriptionTransition

__all__ = [
    "BillingClock",
    "BookEntry",
    "CreditNote",
    "Customer",
    "Difference",
    "Feature",
    "Figures",
    "Invoice",
    "InvoiceLine",
    "NumberSequence",
    "Payment",
    "PaymentMethod",
    "Payout",
    "Plan",
    "PlanFeature",
    "Price",
    "ProviderNotice",
    "Recognition",
    "Reconciliation",
    "Refund",
    "Subscription",
    "SubscriptionChange",
    "SubscriptionTransition",
    "TaxRate",
    "TrialSecret",
    "TrialUse",
]

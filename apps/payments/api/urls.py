"""Routes of the payments context."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.payments.api.billing import BillingView, PaymentMethodViewSet
from apps.payments.api.invoices import InvoiceViewSet, PaymentViewSet
from apps.payments.api.plans import PlanViewSet
from apps.payments.api.refunds import RefundViewSet
from apps.payments.api.reports import (
    EntryViewSet,
    PayingViewSet,
    RecurringFile,
    RecurringView,
    RevenueFile,
    RevenueView,
    TrialBalanceFile,
    TrialBalanceView,
)
from apps.payments.api.subscriptions import SubscriptionViewSet
from apps.payments.api.webhooks import WebhookView

router = SimpleRouter(trailing_slash=False)
router.register("plans", PlanViewSet, basename="plan")
router.register("subscriptions", SubscriptionViewSet, basename="subscription")
router.register("invoices", InvoiceViewSet, basename="invoice")
router.register("payments", PaymentViewSet, basename="payment")
router.register("payment-methods", PaymentMethodViewSet, basename="payment-method")
router.register("refunds", RefundViewSet, basename="refund")
router.register("reports/entries", EntryViewSet, basename="report-entry")
router.register("reports/recurring-subscriptions", PayingViewSet, basename="report-paying")

urlpatterns = [
    path("payments/webhooks", WebhookView.as_view(), name="payments-webhooks"),
    path("billing", BillingView.as_view(), name="billing"),
    path("reports/revenue", RevenueView.as_view(), name="report-revenue"),
    path("reports/revenue.csv", RevenueFile.as_view(), name="report-revenue-csv"),
    path("reports/recurring-revenue", RecurringView.as_view(), name="report-recurring"),
    path("reports/recurring-revenue.csv", RecurringFile.as_view(), name="report-recurring-csv"),
    path("reports/trial-balance", TrialBalanceView.as_view(), name="report-trial-balance"),
    path("reports/trial-balance.csv", TrialBalanceFile.as_view(), name="report-trial-balance-csv"),
    *router.urls,
]

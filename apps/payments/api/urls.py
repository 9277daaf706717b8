"""Routes of the payments context."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.payments.api.billing import BillingView, PaymentMethodViewSet
from apps.payments.api.invoices import InvoiceViewSet, PaymentViewSet
from apps.payments.api.plans import PlanViewSet
from apps.payments.api.subscriptions import SubscriptionViewSet
from apps.payments.api.webhooks import WebhookView

router = SimpleRouter(trailing_slash=False)
router.register("plans", PlanViewSet, basename="plan")
router.register("subscriptions", SubscriptionViewSet, basename="subscription")
router.register("invoices", InvoiceViewSet, basename="invoice")
router.register("payments", PaymentViewSet, basename="payment")
router.register("payment-methods", PaymentMethodViewSet, basename="payment-method")

urlpatterns = [
    path("payments/webhooks", WebhookView.as_view(), name="payments-webhooks"),
    path("billing", BillingView.as_view(), name="billing"),
    *router.urls,
]

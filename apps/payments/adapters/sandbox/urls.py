"""The sandbox's addresses."""

from django.urls import path

from apps.payments.adapters.sandbox.pages import CheckoutPage

urlpatterns = [path("checkout/<str:token>", CheckoutPage.as_view(), name="sandbox-checkout")]

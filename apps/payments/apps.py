"""The payments context as a Django app."""

from django.apps import AppConfig

DATABASE = "payments"


class PaymentsConfig(AppConfig):
    """Plans, subscriptions, invoices, payments, and their books."""

    name = "apps.payments"
    label = "payments"

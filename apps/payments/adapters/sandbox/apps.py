"""The sandbox as a Django app: a provider of its own, whose tables are reached through the port only."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Customers, cards, payments and events, as a provider keeps them."""

    name = "apps.payments.adapters.sandbox"
    label = "sandbox"

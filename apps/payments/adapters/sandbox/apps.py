"""The sandbox as a Django app: a provider of its own, whose tables are reached through the port only."""

from django.apps import AppConfig
from django.conf import settings


class SandboxConfig(AppConfig):
    """Customers, cards, payments and events, as a provider keeps them."""

    name = "apps.payments.adapters.sandbox"
    label = "sandbox"


def is_open() -> bool:
    """Tell whether the sandbox collects the money here. Otherwise its doors are closed and its tasks do nothing."""
    return bool(settings.TREUM_PAYMENTS_PROVIDER == "sandbox")

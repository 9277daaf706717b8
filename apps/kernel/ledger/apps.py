"""The ledger as a Django app; its tables stand in the databases of TREUM_LEDGER_DATABASES."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Books of account, kept apart for each context that holds money."""

    name = "apps.kernel.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

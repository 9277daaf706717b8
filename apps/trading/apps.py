"""The trading context as a Django app."""

from django.apps import AppConfig

DATABASE = "trading"


class TradingConfig(AppConfig):
    """Accounts, follows, executions, orders, fills, positions."""

    name = "apps.trading"
    label = "trading"
    default_auto_field = "django.db.models.BigAutoField"

"""The signals context: advice on real prices, stated once and never rewritten."""

from django.apps import AppConfig

DATABASE = "signals"


class SignalsConfig(AppConfig):
    name = "apps.signals"
    label = "signals"
    default_auto_field = "django.db.models.BigAutoField"

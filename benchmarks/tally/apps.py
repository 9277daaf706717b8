"""Django's handle on the tally."""

from django.apps import AppConfig

DATABASE = "tally"


class TallyConfig(AppConfig):
    name = "benchmarks.tally"
    label = "tally"
    default_auto_field = "django.db.models.BigAutoField"

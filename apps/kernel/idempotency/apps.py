"""Django's handle on the kept answers' table, which stands in every context's database."""

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "apps.kernel.idempotency"
    label = "idempotency"

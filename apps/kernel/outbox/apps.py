"""Django's handle on the kernel's outbox tables."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "apps.kernel.outbox"
    label = "outbox"

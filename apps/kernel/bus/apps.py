"""Django's handle on the kernel's bus tables."""

from django.apps import AppConfig


class BusConfig(AppConfig):
    name = "apps.kernel.bus"
    label = "bus"
    verbose_name = "Messages"

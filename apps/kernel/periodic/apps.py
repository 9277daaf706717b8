"""Django's handle on the kernel's periodic tables."""

from django.apps import AppConfig


class PeriodicConfig(AppConfig):
    name = "apps.kernel.periodic"
    label = "periodic"

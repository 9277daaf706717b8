"""Django's handle on the kernel's inbox tables."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "apps.kernel.inbox"
    label = "inbox"

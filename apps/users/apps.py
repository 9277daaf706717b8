"""The users context: its database, which is also Django's default, and its place in the house."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

DATABASE = "default"


class UsersConfig(AppConfig):
    name = "apps.users"
    label = "users"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the audit log hear what allauth has no hook for; its models are there by now."""
        import_string("apps.users.adapters.listeners.connect")()

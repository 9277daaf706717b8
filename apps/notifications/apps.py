"""The notifications context: its database and its place in the house."""

from django.apps import AppConfig

DATABASE = "notifications"


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

"""The users context: its database, which is also Django's default, and its place in the house."""

from django.apps import AppConfig

DATABASE = "default"


class UsersConfig(AppConfig):
    name = "apps.users"
    label = "users"
    default_auto_field = "django.db.models.BigAutoField"

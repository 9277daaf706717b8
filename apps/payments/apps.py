"""The payments context: its database and its place in the house; its rooms are furnished with its first story."""

from django.apps import AppConfig

DATABASE = "payments"


class PaymentsConfig(AppConfig):
    name = "apps.payments"
    label = "payments"

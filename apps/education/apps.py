"""The education context: its database and its place in the house; its rooms are furnished with its first story."""

from django.apps import AppConfig

DATABASE = "education"


class EducationConfig(AppConfig):
    name = "apps.education"
    label = "education"

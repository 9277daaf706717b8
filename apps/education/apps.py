"""The education context: it knows which courses are open to whom; the courses come with its first story."""

from django.apps import AppConfig

DATABASE = "education"


class EducationConfig(AppConfig):
    name = "apps.education"
    label = "education"

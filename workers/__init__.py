"""When it happens. Workers need Django before anything else, so the package sees to that first."""

import os

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "treum_project.settings.local")
if not apps.ready:
    django.setup()

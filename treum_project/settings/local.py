"""A developer's machine: readable logs, open hosts, demo logins."""

from treum_project.env import env, needed
from treum_project.settings.base import *  # noqa: F403 - settings are a flat namespace by Django's design

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = needed("DJANGO_SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])

TREUM_DEMO_ALLOWED = True
TREUM_DEMO_PASSWORD = env.str("TREUM_DEMO_PASSWORD", default="treum-demo")

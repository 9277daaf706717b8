"""What every environment shares. Each concern stands in a part of its own."""

import django_stubs_ext

from treum_project.env import ROOT as ROOT
from treum_project.env import env
from treum_project.settings.parts.api import *  # noqa: F403 - settings are a flat namespace by Django's design
from treum_project.settings.parts.auth import *  # noqa: F403
from treum_project.settings.parts.caching import *  # noqa: F403
from treum_project.settings.parts.databases import *  # noqa: F403
from treum_project.settings.parts.errors import *  # noqa: F403
from treum_project.settings.parts.gateway import *  # noqa: F403
from treum_project.settings.parts.logging import *  # noqa: F403
from treum_project.settings.parts.mail import *  # noqa: F403
from treum_project.settings.parts.messaging import *  # noqa: F403
from treum_project.settings.parts.payments import *  # noqa: F403
from treum_project.settings.parts.privacy import *  # noqa: F403
from treum_project.settings.parts.signals import *  # noqa: F403
from treum_project.settings.parts.trading import *  # noqa: F403
from treum_project.settings.parts.users import *  # noqa: F403

# Makes Django's generic classes subscriptable at run time, so that one spelling serves mypy and Python.
django_stubs_ext.monkeypatch()

SERVICE_NAME = env.str("SERVICE_NAME", default="treum")
SERVICE_VERSION = env.str("SERVICE_VERSION", default="0.1.0")

INSTALLED_APPS = [
    "apps.kernel.audit.staff.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "corsheaders",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "health_check",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "apps.kernel.crypto",
    "apps.kernel.outbox",
    "apps.kernel.inbox",
    "apps.kernel.idempotency",
    "apps.kernel.audit",
    "apps.kernel.bus",
    "apps.kernel.periodic",
    "apps.kernel.ledger",
    "apps.users",
    "apps.payments",
    "apps.payments.adapters.sandbox",
    "apps.education",
    "apps.signals",
    "apps.trading",
    "apps.notifications",
    "treum_project",
]

ROOT_URLCONF = "treum_project.urls"
WSGI_APPLICATION = "treum_project.wsgi.application"
ASGI_APPLICATION = "treum_project.asgi.application"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

TREUM_DEMO_ALLOWED = False
TREUM_DEMO_BARS_PER_SECOND = env.float("TREUM_DEMO_BARS_PER_SECOND", default=10.0)

"""Where crashes are reported: to Sentry when SENTRY_DSN names it, nowhere otherwise."""

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration

from treum_project.env import env

SENTRY_DSN = env.str("SENTRY_DSN", default="")

if SENTRY_DSN:
    # No personal data and no tracing: crashes only, and beat's check-ins.
    sentry_sdk.init(
        dsn=SENTRY_DSN,
        release=env.str("SERVICE_VERSION", default="0.1.0"),
        environment=env.str("SENTRY_ENVIRONMENT", default="production"),
        integrations=[DjangoIntegration(), CeleryIntegration(monitor_beat_tasks=True)],
        traces_sample_rate=0.0,
        send_default_pii=False,
    )

"""Tests: real services, cheap password hashing, and nothing remembered of what is rolled back."""

from apps.kernel.resilience.buckets import Rate
from treum_project.settings.local import *  # noqa: F403 - settings are a flat namespace by Django's design

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TREUM_CACHE_SECONDS = 0.0

# All tests come from one address; those of the gate bring rates of their own.
TREUM_GATEWAY_RATES = {
    name: Rate(per_minute=60_000_000, burst=1_000_000)
    for name in TREUM_GATEWAY_RATES  # noqa: F405
}
TREUM_PACE_STEP_SECONDS = 0.001

"""The Stripe adapter, pointed at whatever stands in for Stripe."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import override_settings

from apps.payments.adapters.stripe.provider import StripeProvider
from tests.support.stripe_objects import ACCOUNT

SECRET_KEY = "sk_test_" + "k" * 24
WEBHOOK_SECRETS = ["whsec_" + "n" * 32, "whsec_" + "o" * 32]
FRONTEND = "https://app.treum.example"


@contextmanager
def stripe_at(address: str, **instead: object) -> Iterator[StripeProvider]:
    """Yield a provider whose Stripe is at an address; `instead` are other settings."""
    configured = {
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_LIVEMODE": False,
        "STRIPE_ACCOUNT": ACCOUNT,
        "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRETS,
        "STRIPE_API_BASE": address,
        "TREUM_STRIPE_ANSWER_SECONDS": 5.0,
        "TREUM_FRONTEND_URL": FRONTEND,
    }
    with override_settings(**{**configured, **instead}):
        provider = StripeProvider()
        try:
            yield provider
        finally:
            provider.close()

"""Payments: who collects the money, who knows the payers, and how patient we are with them."""

from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured

from treum_project.env import IN_PRODUCTION, env, needed, needed_list

TREUM_PAYMENTS_PROVIDER = env.str("TREUM_PAYMENTS_PROVIDER", default="").strip() or "sandbox"
"""The sandbox takes no real money; production refuses it."""
TREUM_PAYMENTS_PROVIDERS = {
    "sandbox": "apps.payments.adapters.sandbox.provider.SandboxProvider",
    "stripe": "apps.payments.adapters.stripe.provider.StripeProvider",
}
if TREUM_PAYMENTS_PROVIDER not in TREUM_PAYMENTS_PROVIDERS:
    raise ImproperlyConfigured(f"TREUM_PAYMENTS_PROVIDER is none of {', '.join(TREUM_PAYMENTS_PROVIDERS)}.")
TREUM_SANDBOX_WEBHOOK_SECRETS = env.list("TREUM_SANDBOX_WEBHOOK_SECRET", default=[])
"""The first signs the sandbox's webhooks, all of them verify; without any, one is derived from DJANGO_SECRET_KEY."""
TREUM_SANDBOX_FEE_PERCENT = Decimal(env.str("TREUM_SANDBOX_FEE_PERCENT", default="2.9"))
TREUM_SANDBOX_FEE_FIXED = Decimal(env.str("TREUM_SANDBOX_FEE_FIXED", default="0.30"))
"""What the sandbox keeps of a charge, as Stripe does in many countries."""
TREUM_PAYMENTS_PEOPLE = "treum_project.introductions.payers.UsersPeople"

TREUM_PUBLIC_URL = env.str("TREUM_PUBLIC_URL", default=f"http://127.0.0.1:{env.int('PORT', default=3000)}").rstrip("/")
"""Where the web process is reached from outside: by payers' browsers and by the provider's webhooks."""

TREUM_PAYMENTS_CHECKOUT_HOURS = env.int("TREUM_PAYMENTS_CHECKOUT_HOURS", default=23)
"""How long a subscription waits for its first payment before it is given up, as at Stripe."""
TREUM_PAYMENTS_DUNNING_DAYS = env.list("TREUM_PAYMENTS_DUNNING_DAYS", cast=int, default=[1, 3, 5])
"""How many days after the attempt before it a failed renewal is tried again."""
TREUM_PAYMENTS_GRACE_DAYS = env.int("TREUM_PAYMENTS_GRACE_DAYS", default=14)
"""How long a renewal may stay unpaid before the subscription ends and its owner falls back to the free plan."""
TREUM_PAYMENTS_TRIAL_NOTICE_DAYS = env.int("TREUM_PAYMENTS_TRIAL_NOTICE_DAYS", default=3)
TREUM_PAYMENTS_REFUND_LIMITS = {
    currency: Decimal(limit)
    for currency, limit in env.dict("TREUM_PAYMENTS_REFUND_LIMITS", default={"EUR": "100", "USD": "100"}).items()
}
"""Above this amount in a currency a refund needs a second member of staff; in any other currency each one does."""
TREUM_PAYMENTS_SELLER = env.str("TREUM_PAYMENTS_SELLER", default="TREUM AI Finance")
TREUM_PAYMENTS_SELLER_ADDRESS = env.str("TREUM_PAYMENTS_SELLER_ADDRESS", default="")
TREUM_PAYMENTS_SELLER_TAX_ID = env.str("TREUM_PAYMENTS_SELLER_TAX_ID", default="")
"""Who stands on the invoices."""

_by_stripe = TREUM_PAYMENTS_PROVIDER == "stripe"
STRIPE_SECRET_KEY = needed("STRIPE_SECRET_KEY") if _by_stripe else ""
STRIPE_WEBHOOK_SECRETS = needed_list("STRIPE_WEBHOOK_SECRET") if _by_stripe else []
"""Webhooks signed with any of them are taken, so that one can be exchanged for the next."""
STRIPE_ACCOUNT = needed("STRIPE_ACCOUNT") if _by_stripe else ""
"""The account that the key has to belong to."""
STRIPE_LIVEMODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com").rstrip("/")
"""Another address stands for Stripe in tests only."""
TREUM_STRIPE_CONNECT_SECONDS = env.float("TREUM_STRIPE_CONNECT_SECONDS", default=3.0)
TREUM_STRIPE_ANSWER_SECONDS = env.float("TREUM_STRIPE_ANSWER_SECONDS", default=20.0)
"""How long to wait for a connection to Stripe, and then for each part of an answer."""
if _by_stripe and not STRIPE_LIVEMODE and not STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_")):
    raise ImproperlyConfigured("STRIPE_SECRET_KEY is no secret key: one begins with sk_ or rk_, then test_ or live_.")
if STRIPE_LIVEMODE and not IN_PRODUCTION:
    raise ImproperlyConfigured(
        "STRIPE_SECRET_KEY is a live key, which moves real money: outside production use sk_test_."
    )

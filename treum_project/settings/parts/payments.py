"""Payments: who collects the money, who knows the payers, and how patient we are with them."""

from decimal import Decimal

from treum_project.env import env

TREUM_PAYMENTS_PROVIDER = env.str("TREUM_PAYMENTS_PROVIDER", default="sandbox")
"""The sandbox takes no real money; production refuses it."""
TREUM_PAYMENTS_PROVIDERS = {
    "sandbox": "apps.payments.adapters.sandbox.provider.SandboxProvider",
    "stripe": "apps.payments.adapters.stripe.provider.StripeProvider",
}
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
TREUM_PAYMENTS_REFUND_LIMIT = Decimal(env.str("TREUM_PAYMENTS_REFUND_LIMIT", default="100"))
"""Above this amount, in the payment's currency, a refund needs a second member of staff."""
TREUM_PAYMENTS_SELLER = env.str("TREUM_PAYMENTS_SELLER", default="TREUM AI Finance")
TREUM_PAYMENTS_SELLER_ADDRESS = env.str("TREUM_PAYMENTS_SELLER_ADDRESS", default="")
TREUM_PAYMENTS_SELLER_TAX_ID = env.str("TREUM_PAYMENTS_SELLER_TAX_ID", default="")
"""Who stands on the invoices."""

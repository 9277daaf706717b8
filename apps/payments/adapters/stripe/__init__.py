"""Stripe as the payment provider. Nothing here is imported where another provider collects the money."""

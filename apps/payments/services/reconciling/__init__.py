"""Compare what the provider has with what we have, repair what a lost webhook broke, and report the rest."""

from apps.payments.services.reconciling.comparing import reconcile, reconcile_lately

__all__ = ["reconcile", "reconcile_lately"]

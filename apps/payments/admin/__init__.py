"""What staff see of payments, a module for each concern."""

from apps.payments.admin import notices

__all__ = ["notices"]

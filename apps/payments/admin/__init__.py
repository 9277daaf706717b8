"""What staff see of payments, a module for each concern."""

from apps.payments.admin import books, catalogue, customers, figures, invoices, notices, refunds

__all__ = ["books", "catalogue", "customers", "figures", "invoices", "notices", "refunds"]

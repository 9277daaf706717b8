"""What staff see of payments, a module for each concern."""

from apps.payments.admin import catalogue, customers, invoices, notices

__all__ = ["catalogue", "customers", "invoices", "notices"]

"""Collect what invoices ask for."""

"""Payments: who collects the money."""

from treum_project.env import env

TREUM_PAYMENTS_PROVIDER = env.str("TREUM_PAYMENTS_PROVIDER", default="sandbox")
"""The sandbox takes no real money; production refuses it."""

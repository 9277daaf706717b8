"""Doorbells of the signals context."""

from apps.signals import services
from workers.app import app

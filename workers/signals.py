"""Doorbells of the signals context."""


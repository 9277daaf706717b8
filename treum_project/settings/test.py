"""Tests: real services, cheap password hashing, nothing else changed."""

from treum_project.settings.local import *  # noqa: F403 - settings are a flat namespace by Django's design

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

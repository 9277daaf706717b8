"""Where configuration comes from: the process environment, then `.env`, then what the private services wrote.

Production reads no files: what it needs is named in the environment by whoever runs it.
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = "treum_project.settings.production"

env = environ.Env()

IN_PRODUCTION = os.environ.get("DJANGO_SETTINGS_MODULE") == PRODUCTION
for _file in (ROOT / ".env", ROOT / ".services" / "env"):
    if _file.is_file() and not IN_PRODUCTION:
        environ.Env.read_env(str(_file), overwrite=False)


def needed(name: str) -> str:
    """Return a variable that has no default. Without it, or where it is empty, the boot stops with its name."""
    value = str(env.str(name, default="")).strip()
    if not value:
        raise ImproperlyConfigured(f"Set the {name} environment variable.")
    return value


def needed_list(name: str) -> list[str]:
    """Return the entries of a variable that has no default, separated by commas in it."""
    entries = [entry.strip() for entry in needed(name).split(",") if entry.strip()]
    if not entries:
        raise ImproperlyConfigured(f"Set the {name} environment variable.")
    return entries

"""One database for each context; the users' is Django's default."""

from typing import Any

from treum_project.env import env, needed

CONTEXTS = ("users", "payments", "education", "signals", "trading", "notifications")
"""The contexts, in the order in which their databases are prepared. The users' database has the alias "default"."""

TREUM_DATABASE_OF = {context: "default" if context == "users" else context for context in CONTEXTS}
TREUM_DATABASE_OF_APP = {**TREUM_DATABASE_OF, "sandbox": "payments"}
"""Also for apps that lodge with a context."""
TREUM_LEDGER_DATABASES = ("payments", "trading")

_users = env.db_url_config(needed("DATABASE_URL"))


def _database(context: str) -> dict[str, Any]:
    fallback = dict(_users) if context == "users" else {**_users, "NAME": f"treum_{context}"}
    url = f"{context.upper()}_DATABASE_URL"
    chosen = env.db_url(url) if context != "users" and env.str(url, default="") else fallback
    return {
        **chosen,
        "CONN_MAX_AGE": env.int("TREUM_DATABASE_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("TREUM_DATABASE_BEHIND_PGBOUNCER", default=False),
        "OPTIONS": {"application_name": f"treum-{context}", "connect_timeout": 5},
    }


DATABASES = {TREUM_DATABASE_OF[context]: _database(context) for context in CONTEXTS}
DATABASE_ROUTERS = ["apps.kernel.databases.ContextRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

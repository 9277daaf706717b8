"""Which database an app's tables live in. Kernel tables live in several and are never reached by default."""

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import Model

EVERYWHERE = frozenset({"outbox", "inbox", "idempotency", "audit"})
LEDGER = "ledger"


class DatabaseNotNamed(Exception):
    """A query on a kernel table did not say which context's database it means; add `using=`."""


class ContextRouter:
    """Route by app label: a context to its database, ledger to the books', EVERYWHERE to where is named."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return self._database(model, hints)

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return self._database(model, hints)

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return one._meta.app_label == other._meta.app_label or one._state.db == other._state.db

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        if app_label in EVERYWHERE:
            return True
        if app_label == LEDGER:
            return db in settings.TREUM_LEDGER_DATABASES
        return db == settings.TREUM_DATABASE_OF_APP.get(app_label, DEFAULT_DB_ALIAS)

    def _database(self, model: type[models.Model], hints: dict[str, Any]) -> str:
        label = model._meta.app_label
        if label in EVERYWHERE or label == LEDGER:
            instance = hints.get("instance")
            if instance is not None and instance._state.db:
                return str(instance._state.db)
            raise DatabaseNotNamed(f"Say `using=` for {model.__name__}: its table stands in several databases.")
        return str(settings.TREUM_DATABASE_OF_APP.get(label, DEFAULT_DB_ALIAS))

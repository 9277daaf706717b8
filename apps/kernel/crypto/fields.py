"""A column that is sealed at rest and plain in Python."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.kernel.crypto.sealing import seal, unseal


class SealedTextField(models.TextField):  # type: ignore[type-arg] # the base takes no parameter at run time
    """Text that the database holds sealed only. It cannot be searched; a null stays null."""

    description = "Text, sealed at rest"

    def get_prep_value(self, value: Any) -> str | None:
        """Seal what goes to the database."""
        return None if value is None else seal(str(value))

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> str | None:
        """Open what comes from the database. Raises Unreadable."""
        return None if value is None else unseal(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow only the question whether there is a value: equal texts are sealed differently each time."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

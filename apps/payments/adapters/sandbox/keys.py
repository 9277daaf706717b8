"""Do what is asked for under a key once: the same key returns what was made then."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models, transaction

from apps.payments.adapters.sandbox.happenings import DATABASE
from apps.payments.adapters.sandbox.models import UsedKey
from apps.payments.adapters.sandbox.weather import answered
from apps.payments.errors import ProviderRefused

M = TypeVar("M", bound=models.Model)


def once(key: str, asked: Mapping[str, Any], kind: type[M], make: Callable[[], M]) -> M:
    """Return what `make` makes, or made before under this key. Raises ProviderRefused for a key of something else.

    Refuses to run inside a transaction of the caller's: another company's answer does not roll back.
    """
    name = kind.__name__.lower()
    with answered(f"make the {name}"), transaction.atomic(using=DATABASE, durable=True):
        used = _claimed(key, json.dumps([name, asked], default=_plain, sort_keys=True))
        if used.object_id:
            return kind._default_manager.get(pk=used.object_id)
        made = make()
        used.object_id = str(made.pk)
        used.save(update_fields=["object_id"])
        return made


def _claimed(key: str, words: str) -> UsedKey:
    """Return the locked row of a key. Whoever comes at the same time waits for the transaction of the first."""
    UsedKey.objects.bulk_create([UsedKey(key=key, asked=words, object_id="")], ignore_conflicts=True)
    used = UsedKey.objects.select_for_update().get(pk=key)
    if used.asked != words:
        raise ProviderRefused(reason=f"the key {key} was used for something else")
    return used


def _plain(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)

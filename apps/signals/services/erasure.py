"""Forget people who were erased. Signals are about markets; only the audit log of this database knows of people."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from apps.kernel.persons import forget_person
from apps.signals.apps import DATABASE


def forget_people(user_ids: Iterable[UUID]) -> None:
    """Forget people here. Harmless when repeated."""
    with transaction.atomic(using=DATABASE):
        for user_id in sorted(user_ids):
            forget_person(user_id, using=DATABASE)

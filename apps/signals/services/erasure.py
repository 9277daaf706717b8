"""Forget people who were erased. Signals are about markets; what is kept of people is what they may see."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from apps.kernel.persons import forget_person
from apps.signals.apps import DATABASE
from apps.signals.models import Entitlement


def forget_people(user_ids: Iterable[UUID]) -> None:
    """Forget people here. Harmless when repeated; a standing that is heard of later leads to nobody."""
    people = sorted(user_ids)
    with transaction.atomic(using=DATABASE):
        Entitlement.objects.filter(pk__in=people).delete()
        for user_id in people:
            forget_person(user_id, using=DATABASE)

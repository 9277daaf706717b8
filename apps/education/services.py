"""What education does: keep its copy of what people may learn, and forget people."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from apps.education.apps import DATABASE
from apps.education.models import Entitlement
from apps.kernel.persons import forget_person
from apps.kernel.standings import Features, Standing, remember

TIER = "education.tier"


def remember_standings(standings: Sequence[Standing]) -> None:
    """Keep the newest standing of each person; an older or repeated one changes nothing."""
    remember(standings, into=Entitlement, using=DATABASE, columns=_columns)


def forget_people(user_ids: Iterable[UUID]) -> None:
    """Forget people here. Harmless when repeated; a standing that is heard of later leads to nobody."""
    people = sorted(user_ids)
    with transaction.atomic(using=DATABASE):
        Entitlement.objects.filter(pk__in=people).delete()
        for user_id in people:
            forget_person(user_id, using=DATABASE)


def _columns(features: Features) -> Mapping[str, object]:
    tier = features.get(TIER)
    return {"tier": tier if isinstance(tier, str) else ""}

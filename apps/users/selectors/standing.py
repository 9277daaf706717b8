"""How people stand: asked for by every page that a person opens, and kept until it changes."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.kernel.caching.kept import kept
from apps.users.apps import DATABASE
from apps.users.models import Standing

_MOMENTS = ("valid_until", "current_period_end")


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """A person's plan, and the whole of the features that they may use."""

    plan: str
    status: str
    features: dict[str, str | int | bool]
    valid_until: datetime | None
    current_period_end: datetime | None
    cancel_at_period_end: bool


def standing_of(user_id: UUID) -> StandingFacts | None:
    """Return how a person stands, or None for someone who never had a plan."""
    facts = kept(standing_kept(user_id), "standing", lambda: _facts(user_id), using=DATABASE)
    if facts is None:
        return None
    ends = {name: None if facts[name] is None else datetime.fromisoformat(facts[name]) for name in _MOMENTS}
    return StandingFacts(**{**facts, **ends})


def standing_kept(user_id: UUID) -> str:
    """Return the name under which a person's standing is kept."""
    return f"standing:{user_id}"


def _facts(user_id: UUID) -> dict[str, Any] | None:
    names = [field.name for field in fields(StandingFacts)]
    facts = Standing.objects.filter(pk=user_id).values(*names).first()
    if facts is None:
        return None
    return {**facts, **{name: None if facts[name] is None else facts[name].isoformat() for name in _MOMENTS}}

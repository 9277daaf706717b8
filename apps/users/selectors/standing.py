"""How people stand: asked for by every page that a person opens, and kept until it changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.kernel.caching.kept import kept
from apps.users.apps import DATABASE
from apps.users.models import Standing


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """A person's plan, and the whole of the features that they may use."""

    plan: str
    status: str
    features: dict[str, str | int | bool]
    valid_until: datetime | None


def standing_of(user_id: UUID) -> StandingFacts | None:
    """Return how a person stands, or None for someone who never had a plan."""
    facts = kept(standing_kept(user_id), "facts", lambda: _facts(user_id), using=DATABASE)
    if facts is None:
        return None
    ends = facts["valid_until"]
    return StandingFacts(**{**facts, "valid_until": None if ends is None else datetime.fromisoformat(ends)})


def standing_kept(user_id: UUID) -> str:
    """Return the name under which a person's standing is kept."""
    return f"standing:{user_id}"


def _facts(user_id: UUID) -> dict[str, Any] | None:
    facts = Standing.objects.filter(pk=user_id).values("plan", "status", "features", "valid_until").first()
    if facts is None:
        return None
    ends = facts["valid_until"]
    return {**facts, "valid_until": None if ends is None else ends.isoformat()}

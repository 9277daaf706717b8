"""What people may use, as trading has heard of it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from apps.trading.enums import DecisionCode
from apps.trading.models import Entitlement

Features = dict[str, str | int | bool]

REALTIME = "signals.realtime"
DELAY_MINUTES = "signals.delay_minutes"


def features_of(user_id: UUID, *, at: datetime) -> Features:
    """Return what a person may use: nothing that was not stated, and nothing that is over."""
    known = Entitlement.objects.filter(pk=user_id).first()
    if known is None or (known.valid_until is not None and known.valid_until <= at):
        return {}
    features: Features = known.features
    return features


def number_of(features: Features, code: str, *, otherwise: int) -> int:
    """Return a feature that counts, or what holds where it is no count."""
    value = features.get(code)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return otherwise


def signals_shown_until(user_id: UUID, *, at: datetime) -> datetime | None:
    """Return when the newest signals that a person sees were noted, at the latest; None for who sees all of them."""
    features = features_of(user_id, at=at)
    if features.get(REALTIME) is True:
        return None
    minutes = number_of(features, DELAY_MINUTES, otherwise=settings.TREUM_SIGNALS_DELAY_MINUTES)
    return at - timedelta(minutes=minutes)


def decisions_seen(user_id: UUID, *, at: datetime) -> Q:
    """Return which decisions a person sees already: signals show in them, so they are as late as signals are.

    What was executed is a fact of their own account, and is seen at once.
    """
    until = signals_shown_until(user_id, at=at)
    return Q() if until is None else Q(code=DecisionCode.EXECUTED) | Q(execution__noted_at__lte=until)

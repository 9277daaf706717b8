"""Trading's copy of what people may do."""

from collections.abc import Mapping, Sequence

from apps.kernel.standings import Features, Standing, remember
from apps.trading.apps import DATABASE
from apps.trading.models import Entitlement

AUTO_EXECUTE = "trading.auto_execute"


def remember_standings(standings: Sequence[Standing]) -> None:
    """Keep the newest standing of each person; an older or repeated one changes nothing."""
    remember(standings, into=Entitlement, using=DATABASE, columns=_columns)


def _columns(features: Features) -> Mapping[str, object]:
    return {"features": dict(features), "auto_execute": features.get(AUTO_EXECUTE) is True}

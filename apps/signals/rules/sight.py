"""What somebody may see of signals: how soon, and whether with target and stop."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

BECAME = ("status", "outcome", "decided_at", "hypothetical_return")
"""What has become of a signal. It is news, and nobody has noted when it was: a delay hides all of it."""
LEVELS = ("target", "stop_loss", "hypothetical_return", "analysis")
"""What says, or leads to, target and stop. The analysis is a text that names them."""
GIVES_AWAY = "ATR"
"""The indicator by whose multiples target and stop lie away from the price."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How a person sees signals. Only without a delay they see what has become of them."""

    delay: timedelta
    targets: bool

    @property
    def realtime(self) -> bool:
        """Whether signals are seen as soon as they are made."""
        return not self.delay

    def __str__(self) -> str:
        return f"{self.delay.total_seconds():.0f}s{'' if self.targets else ' veiled'}"

    def newest(self, *, at: datetime) -> datetime:
        """Return the latest moment at which a signal that is seen was made."""
        return at - self.delay


def veiled(told: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
    """Return a signal, as it is told, without what somebody does not see of it."""
    hidden = {*(() if sight.realtime else BECAME), *(() if sight.targets else LEVELS)}
    seen = {name: None if name in hidden else value for name, value in told.items()}
    if not sight.targets:
        seen["evidence"] = [one for one in told["evidence"] if not one["indicator"].startswith(GIVES_AWAY)]
    return seen


FULL_SIGHT = Sight(timedelta(0), targets=True)

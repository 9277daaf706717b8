"""The gate in front of a few routes of its own, with rates that are easily used up."""

from dataclasses import dataclass

import pytest

from apps.kernel.resilience.buckets import Rate


@dataclass
class Doors:
    """The rates in force; a test makes one of them narrow."""

    rates: dict[str, Rate]

    def narrow(self, name: str, *, burst: int) -> None:
        """Let a bucket hold so many, and fill up hardly at all."""
        self.rates[name] = Rate(per_minute=1, burst=burst)


@pytest.fixture
def doors(settings):
    """The routes of tests/support/doors.py behind the gate."""
    settings.ROOT_URLCONF = "tests.support.doors"
    settings.TREUM_GATEWAY_POLICY = "tests.support.doors.POLICY"
    settings.TREUM_GATEWAY_RATES = dict(settings.TREUM_GATEWAY_RATES)
    return Doors(settings.TREUM_GATEWAY_RATES)

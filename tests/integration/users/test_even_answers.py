"""Login, sign-up and reset take the same time for known and unknown addresses."""

import time
from collections.abc import Callable
from statistics import median

import pytest

from apps.kernel.ids import uuid7
from tests.support.accounts import AccountClient
from tests.support.people import PASSWORD, a_person

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PAIRS = 200
FEWER_PAIRS = 50
MEASURES = 3
"""A leak shows each time; a neighbour who takes the processor from one half of the answers does not."""
ARGON2 = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

Deed = Callable[[str], object]

DEEDS: dict[str, Deed] = {
    "login": lambda email: AccountClient().log_in(email, "not the password"),
    "sign-up": lambda email: AccountClient().call("POST", "/auth/signup", {"email": email, "password": PASSWORD}),
    "reset": lambda email: AccountClient().call("POST", "/auth/password/request", {"email": email}),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
def test_known_and_unknown_take_the_same_time(deed, settings):
    settings.TREUM_PACE_STEP_SECONDS = 0.06
    seen = []
    for _ in range(MEASURES):
        known, unknown = medians(deed, pairs=FEWER_PAIRS)
        if abs(known / unknown - 1) < 0.05:
            return
        seen.append((known, unknown))
    pytest.fail(f"Known and unknown addresses took these seconds, each time unevenly: {seen}.")


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
def test_known_and_unknown_take_the_same_time_as_passwords_are_really_hashed(deed, settings, capsys):
    settings.PASSWORD_HASHERS = ARGON2
    settings.TREUM_PACE_STEP_SECONDS = 0.3
    known, unknown = medians(deed, pairs=PAIRS)
    with capsys.disabled():
        print(f"\nknown {known * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms")
    assert abs(known / unknown - 1) < 0.05


def medians(deed: Deed, *, pairs: int) -> tuple[float, float]:
    """Return the median seconds for known and for unknown addresses, taken in turns."""
    emails = [email for _ in range(pairs) for email in (a_person().email, f"{uuid7()}@example.com")]
    seconds = [timed(deed, email) for email in emails]
    return median(seconds[0::2]), median(seconds[1::2])


def timed(deed: Deed, email: str) -> float:
    """Return the seconds that a deed takes."""
    began = time.perf_counter()
    deed(email)
    return time.perf_counter() - began

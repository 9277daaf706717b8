"""The breaker spares a dependency that fails, and finds out when it is back."""

import pytest

from apps.kernel.resilience import retry
from apps.kernel.resilience.breaker import PROBE_SECONDS, WINDOW, Breaker, CircuitOpen


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker("exchange", failures=(ConnectionError,), clock=clock)


def fail(breaker):
    with pytest.raises(ConnectionError), breaker.call():
        raise ConnectionError


def succeed(breaker):
    with breaker.call():
        pass


def open_up(breaker):
    for _ in range(WINDOW // 2):
        succeed(breaker)
        fail(breaker)


def test_half_of_the_last_twenty_calls_open_it(breaker):
    open_up(breaker)
    with pytest.raises(CircuitOpen, match="exchange failed in at least half"), breaker.call():
        pytest.fail("the dependency was called")


def test_fewer_than_half_leave_it_closed(breaker):
    for _ in range(WINDOW):
        succeed(breaker)
        succeed(breaker)
        fail(breaker)
    succeed(breaker)


def test_one_probe_a_minute_passes_and_its_success_closes_it(breaker, clock):
    open_up(breaker)
    clock.now += PROBE_SECONDS
    fail(breaker)
    with pytest.raises(CircuitOpen), breaker.call():
        pass
    clock.now += PROBE_SECONDS
    succeed(breaker)
    succeed(breaker)


def test_a_refusal_by_an_open_breaker_is_retried_when_the_probe_is_due(breaker):
    open_up(breaker)
    with pytest.raises(CircuitOpen) as refusal, breaker.call():
        pass
    disposition = retry.classify(refusal.value)
    assert disposition.kind is retry.Class.TRANSIENT
    assert disposition.delay(1) == PROBE_SECONDS


def test_errors_that_are_not_the_dependencys_fault_do_not_count(breaker):
    for _ in range(2 * WINDOW):
        with pytest.raises(ValueError, match="ours"), breaker.call():
            raise ValueError("ours")
    succeed(breaker)

"""Token buckets in Redis: what they hold, that they are atomic, and what happens without Redis."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.kernel import redis_client
from apps.kernel.ids import uuid7
from apps.kernel.redis_client import client
from apps.kernel.resilience.buckets import Bucket, Rate, take
from apps.kernel.resilience.limiter import hashed

pytestmark = pytest.mark.integration

SLOW = Rate(per_minute=1, burst=5)


def a_bucket(rate=SLOW):
    return Bucket(f"test:{uuid7()}", rate)


@pytest.fixture
def without_redis(settings):
    """Redis at an address where nobody listens."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


def test_a_bucket_gives_what_it_holds_and_then_says_when_to_come_back():
    bucket = a_bucket()
    verdicts = [take([bucket]) for _ in range(6)]
    assert [verdict.passed for verdict in verdicts] == [True] * 5 + [False]
    assert [verdict.remaining for verdict in verdicts] == [4, 3, 2, 1, 0, 0]
    assert verdicts[0].limit == 5
    assert 55 <= verdicts[-1].wait_seconds <= 60
    assert 295 <= verdicts[-1].full_seconds <= 300


def test_a_bucket_fills_up_with_time():
    bucket = a_bucket(Rate(per_minute=600, burst=2))
    assert [take([bucket]).passed for _ in range(3)] == [True, True, False]
    time.sleep(0.11)
    assert [take([bucket]).passed for _ in range(2)] == [True, False]


def test_a_bucket_that_is_full_again_leaves_nothing_in_redis():
    bucket = a_bucket(Rate(per_minute=6000, burst=10))
    take([bucket])
    assert client().pttl(f"treum:bucket:{bucket.key}") <= 10
    time.sleep(0.02)
    assert client().exists(f"treum:bucket:{bucket.key}") == 0


def test_all_buckets_must_pass_and_none_is_charged_when_one_refuses():
    wide, narrow = a_bucket(Rate(per_minute=1, burst=100)), a_bucket(Rate(per_minute=1, burst=1))
    assert take([wide, narrow]).passed
    assert not any(take([wide, narrow]).passed for _ in range(10))
    assert take([wide]).remaining == 98


@pytest.mark.parametrize("scarce", [0, 1, 2])
def test_the_scarcest_bucket_is_the_one_that_is_told(scarce):
    rates = [Rate(per_minute=1, burst=100)] * 3
    rates[scarce] = Rate(per_minute=1, burst=3)
    assert take([a_bucket(rate) for rate in rates]).limit == 3


def test_a_hundred_threads_get_no_more_than_the_bucket_holds():
    bucket = a_bucket(Rate(per_minute=1, burst=37))
    with ThreadPoolExecutor(100) as pool:
        passed = list(pool.map(lambda _: take([bucket]).passed, range(400)))
    assert passed.count(True) == 37


@pytest.mark.usefixtures("without_redis")
def test_without_redis_each_process_gives_a_share():
    bucket = a_bucket(Rate(per_minute=4, burst=40))
    with ThreadPoolExecutor(20) as pool:
        passed = list(pool.map(lambda _: take([bucket]).passed, range(100)))
    assert passed.count(True) == 10
    assert take([bucket]).limit == 10


@pytest.mark.usefixtures("without_redis")
def test_without_redis_buckets_are_forgotten_once_they_are_full(monkeypatch):
    monkeypatch.setattr("apps.kernel.resilience.buckets.LOCAL_BUCKETS", 100)
    from apps.kernel.resilience.buckets import _local

    quick, slow = Rate(per_minute=600_000, burst=100), a_bucket(Rate(per_minute=4, burst=4))
    assert take([slow]).passed
    for _ in range(400):
        take([a_bucket(quick)])
    assert len(_local.full_at) < 250
    assert not take([slow]).passed


def test_redis_that_hangs_costs_one_short_timeout(settings):
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        for _ in range(50):
            take([a_bucket()])
        took = time.monotonic() - began
    assert redis_client.QUICK_TIMEOUT_SECONDS <= took < redis_client.QUICK_TIMEOUT_SECONDS * 2 + 0.2


def test_redis_is_asked_again_after_a_second(settings, monkeypatch):
    good = settings.REDIS_URL
    bucket = a_bucket()
    monkeypatch.setitem(redis_client._away_until, good, time.monotonic() + 0.1)
    assert take([bucket]).limit == 1
    time.sleep(0.12)
    assert take([bucket]).limit == 5


def test_a_personal_value_cannot_be_read_or_guessed_from_its_hash(settings):
    before = hashed("203.0.113.7")
    assert re.fullmatch("[0-9a-f]{32}", before)
    settings.SECRET_KEY = "another secret"
    assert hashed("203.0.113.7") != before

"""A circuit breaker: when half of the last twenty calls failed, spare the dependency and ask it once a minute."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from apps.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

WINDOW = 20
PROBE_SECONDS = 60


class CircuitOpen(Unavailable):
    """{name} failed in at least half of its last calls and is left alone for now; it is asked again in {seconds} s."""

    def __init__(self, *, name: str, seconds: int) -> None:
        super().__init__(name=name, seconds=seconds)
        self.retry_after = seconds


class Breaker:
    """Guards the calls to one dependency within one process. Safe to share between threads.

    Closed, it lets every call through and remembers how the last `WINDOW` went. Open, it raises CircuitOpen, but for
    one probe every `PROBE_SECONDS`, whose success closes it. `failures` are the exceptions that count as the
    dependency's fault; others pass through unremarked.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: tuple[type[BaseException], ...],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._failures = failures
        self._clock = clock
        self._outcomes: deque[bool] = deque(maxlen=WINDOW)
        self._probe_at: float | None = None
        self._lock = threading.Lock()

    @contextmanager
    def call(self) -> Iterator[None]:
        """Make one guarded call inside the block. Raises CircuitOpen instead of letting it begin."""
        self._refuse_while_open()
        try:
            yield
        except self._failures:
            self._remember(good=False)
            raise
        self._remember(good=True)

    def _refuse_while_open(self) -> None:
        with self._lock:
            if self._probe_at is None:
                return
            left = self._probe_at - self._clock()
            if left > 0:
                raise CircuitOpen(name=self._name, seconds=max(1, round(left)))
            self._probe_at = self._clock() + PROBE_SECONDS

    def _remember(self, *, good: bool) -> None:
        with self._lock:
            was_open = self._probe_at is not None
            if good and was_open:
                self._outcomes.clear()
                self._probe_at = None
                log.info("breaker.closed", name=self._name)
                return
            self._outcomes.append(good)
            if not was_open and len(self._outcomes) == WINDOW and self._outcomes.count(False) * 2 >= WINDOW:
                self._probe_at = self._clock() + PROBE_SECONDS
                log.warning("breaker.opened", name=self._name)

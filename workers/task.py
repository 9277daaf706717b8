"""The one base class of all tasks: it carries the trace, retries what may pass, and notes why the rest failed."""

import re
from datetime import datetime
from typing import Any, NoReturn

import celery
import structlog

from apps.kernel.bus.dead_letters import note_error
from apps.kernel.clock import now
from apps.kernel.inbox.handling import describe
from apps.kernel.observability import trace as tracing
from apps.kernel.periodic.claims import claim
from apps.kernel.resilience import retry
from workers.queues import queue_of

log = structlog.get_logger(__name__)

SLOT_HEADER = "x-treum-slot"
SLOT_ENDS_HEADER = "x-treum-slot-ends"

_DELAY_BITS = re.compile(r"^(?:[01]\.)+")
"""What native delayed delivery puts before the queue in a routing key: a bit for each level of the chain."""


class Task(celery.Task):  # type: ignore[type-arg] # the base takes no parameter at run time
    """Binds the trace of its message, takes a periodic slot once, and treats failures by their class.

    Weather and the unknown are retried with the wait held by the broker; what is final, or has used up its tries, is
    noted with its sentence and rejected, so that the message reaches the dead letters.
    """

    abstract = True
    max_retries = None
    soft_time_limit: int | None = 240

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with tracing.bind(self._trace()):
            try:
                return None if self._slot_is_gone() else self.run(*args, **kwargs)
            except Exception as error:
                if self.request.called_directly:
                    raise
                self._retry_or_give_up(error)

    def _trace(self) -> tracing.Trace:
        correlation_id = self.request.get("correlation-id")
        if not correlation_id:
            return tracing.fresh(actor=f"service:{self.name.partition('.')[0]}")
        return tracing.Trace(
            correlation_id=correlation_id,
            causation_id=self.request.id,
            traceparent=tracing.child_traceparent(self.request.get("traceparent")),
            actor=self.request.get("actor") or tracing.ANONYMOUS,
        )

    def _slot_is_gone(self) -> bool:
        """Tell whether a periodic run came too late, so that a later one does its work, or was taken by another."""
        slot, ends = self.request.get(SLOT_HEADER), self.request.get(SLOT_ENDS_HEADER)
        if not slot:
            return False
        if ends and datetime.fromisoformat(ends) < now():
            return True
        if self.request.retries or (self.request.delivery_info or {}).get("redelivered"):
            return False
        return not claim(self.name, slot=datetime.fromisoformat(slot))

    def _retry_or_give_up(self, error: Exception) -> NoReturn:
        disposition, attempts = retry.classify(error), self.request.retries + 1
        if disposition.allows(attempts):
            delay = disposition.delay(attempts)
            log.warning("task.retried", task=self.name, attempts=attempts, delay=delay, error=describe(error))
            raise self.retry(exc=error, countdown=delay)
        log.error("task.failed", task=self.name, attempts=attempts, exc_info=error)
        self._note(error, attempts=attempts)
        raise error

    def _note(self, error: Exception, *, attempts: int) -> None:
        routing_key = (self.request.delivery_info or {}).get("routing_key") or queue_of(self.name)
        queue = _DELAY_BITS.sub("", routing_key)
        try:
            note_error(error, queue=queue, message_id=str(self.request.id), task=self.name, attempts=attempts)
        except Exception as second:
            # The message itself still reaches the dead letters; only its sentence is missing there.
            log.error("task.note_failed", task=self.name, error=describe(second))


class HandlerTask(Task):
    """The task of an event handler, without a soft limit: that would be taken for the fault of a message.

    The hard one ends the process, and the sweeper dispatches what it held.
    """

    abstract = True
    soft_time_limit = None

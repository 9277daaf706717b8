"""The intake process: `python -m workers.intake` fills the inboxes and the dead-letter table, a thread each."""

import os
import signal
import threading
from collections.abc import Sequence

import structlog
from django.conf import settings

from apps.kernel.bus import topology
from apps.kernel.bus.dead_letter_intake import DeadLetterIntake
from apps.kernel.bus.deliveries import Consumer
from apps.kernel.bus.intake import Dispatch, Dispatcher, Intake
from apps.kernel.bus.publisher import BrokerUnreachable, Publisher
from workers import subscriptions
from workers.encoding import encode_dispatch
from workers.memory import settle
from workers.queues import TOPOLOGY

log = structlog.get_logger(__name__)


def consumer(queues: Sequence[str]) -> Consumer:
    """Open a consumer on this process's broker."""
    return Consumer(settings.RABBITMQ_URL, queues=queues, batch=settings.TREUM_INTAKE_BATCH)


def dispatcher() -> Dispatcher:
    """Return what publishes handler tasks, over a connection of its own."""
    publisher = Publisher(settings.RABBITMQ_URL)

    def dispatch(dispatches: Sequence[Dispatch]) -> None:
        failed = publisher.publish([encode_dispatch(one) for one in dispatches]) if dispatches else {}
        if failed:
            raise BrokerUnreachable(reason="; ".join(sorted(set(failed.values()))))

    return dispatch


def intakes() -> list[Intake | DeadLetterIntake]:
    """Return one intake for each context that subscribes to anything, and the one of the dead letters."""
    events: list[Intake | DeadLetterIntake] = [
        Intake(
            context=context,
            using=settings.TREUM_DATABASE_OF[context],
            subscriptions=subscriptions.of(context),
            connect=consumer,
            dispatch=dispatcher(),
        )
        for context in subscriptions.contexts()
    ]
    dead = DeadLetterIntake(
        queues=[*(queue.name for queue in TOPOLOGY.dead_letter_queues), topology.UNROUTED],
        subscriptions=subscriptions.SUBSCRIPTIONS,
        database_of=settings.TREUM_DATABASE_OF,
        connect=consumer,
        dispatch=dispatcher(),
    )
    return [*events, dead]


def run(running: Sequence[Intake | DeadLetterIntake]) -> None:
    """Take messages in until SIGTERM or SIGINT. A thread that fails ends the process, which is then restarted."""

    def stop(*_: object) -> None:
        for intake in running:
            intake.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    settle()
    threads = [threading.Thread(target=_run_or_die, args=(intake,), daemon=True) for intake in running]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    """Take in what any context subscribes to, and the dead letters."""
    running = intakes()
    log.info("intake.started", contexts=subscriptions.contexts())
    run(running)


def _run_or_die(intake: Intake | DeadLetterIntake) -> None:
    try:
        intake.run()
    except BaseException:
        log.exception("intake.died")
        os._exit(1)


if __name__ == "__main__":
    main()

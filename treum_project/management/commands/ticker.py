"""`manage.py ticker`: a line in the terminal for each signal, when all its followers have their decision."""

import signal
import time
from typing import Any, cast

import amqp
from django.conf import settings
from django.core.management.base import BaseCommand

from apps.contracts.events.trading import ExecutionCompleted
from apps.kernel.bus import topology
from apps.kernel.bus.publisher import BrokerUnreachable, connect
from apps.kernel.errors import Refused
from apps.kernel.events import codec
from apps.signals.selectors import finished_replays

EXECUTED = "executed"


class Command(BaseCommand):
    help = "Print a line for each signal that has reached its followers, and say when a replay has ended."

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _leave)
        announced = {replay.pk for replay in finished_replays()}
        while True:
            try:
                self._follow(announced)
            except BrokerUnreachable as error:
                self.stderr.write(str(error))
                time.sleep(5)
            except KeyboardInterrupt:
                return

    def _follow(self, announced: set[int]) -> None:
        connection = connect(settings.RABBITMQ_URL)
        channel = connection.channel()
        queue = cast(Any, channel.queue_declare(exclusive=True, auto_delete=True)).queue
        channel.queue_bind(queue, topology.BUS, ExecutionCompleted.event_type)
        channel.basic_consume(queue, callback=self._tell, no_ack=True)
        try:
            while True:
                self._announce_ends(announced)
                connection.heartbeat_tick()
                _drain(connection)
        except (OSError, amqp.AMQPError) as error:
            raise BrokerUnreachable(reason=str(error) or type(error).__name__) from error
        finally:
            connection.collect()

    def _tell(self, message: amqp.Message) -> None:
        body = message.body if isinstance(message.body, bytes) else message.body.encode()
        try:
            events = codec.decode(body, content_type=message.properties.get("content_type", ""))
        except Refused as refusal:
            self.stderr.write(str(refusal))
            return
        for event in events:
            self.stdout.write(line(event.data))
        self.stdout.flush()

    def _announce_ends(self, announced: set[int]) -> None:
        for replay in finished_replays():
            if replay.pk not in announced:
                announced.add(replay.pk)
                self.stdout.write(f"The replay of {replay.series} has reached the end of its file.")
                self.stdout.flush()


def line(done: ExecutionCompleted) -> str:
    """Return one signal and what became of it as a line of text."""
    executed = done.decisions.get(EXECUTED, 0)
    denied = ", ".join(f"{count} {code}" for code, count in sorted(done.decisions.items()) if code != EXECUTED)
    tail = f", {denied}" if denied else ""
    when = done.bar_time.strftime("%Y-%m-%d %H:%M")
    what = f"{done.symbol:10} {done.type:4} {done.price.normalize():>14,f}  {done.strategy}"
    return f"{when}  {what}  → {executed} executed{tail}"


def _drain(connection: amqp.Connection) -> None:
    try:
        connection.drain_events(timeout=1)
    except TimeoutError:
        return


def _leave(*_: object) -> None:
    raise KeyboardInterrupt

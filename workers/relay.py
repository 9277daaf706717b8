"""The relay process: `python -m workers.relay` moves every context's outbox to the broker."""

import signal

import structlog
from django.conf import settings

from apps.kernel.bus.publisher import Publisher
from apps.kernel.outbox.relay import Relay
from workers.encoding import encode_request
from workers.memory import settle

log = structlog.get_logger(__name__)


def build() -> Relay:
    """Return the relay of this process, as the settings have it."""
    return Relay(
        list(settings.DATABASES),
        publisher=Publisher(settings.RABBITMQ_URL),
        encode_task=encode_request,
        batch=settings.TREUM_OUTBOX_BATCH,
        lease_seconds=settings.TREUM_OUTBOX_LEASE_SECONDS,
        poll_seconds=settings.TREUM_OUTBOX_POLL_SECONDS,
    )


def main() -> None:
    """Relay until SIGTERM or SIGINT, then finish the batch in hand."""
    relay = build()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: relay.stop())
    log.info("relay.started", databases=list(settings.DATABASES))
    settle()
    relay.run()


if __name__ == "__main__":
    main()

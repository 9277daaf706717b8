"""The tally's queue on the bus, declared by the product's own rules."""

from apps.kernel.bus import topology
from benchmarks.tally.handlers import SUBSCRIPTIONS

QUEUE = SUBSCRIPTIONS[0].queue
TOPOLOGY = topology.build(
    [(subscription.queue, subscription.event.event_type) for subscription in SUBSCRIPTIONS], task_queues=["core"]
)

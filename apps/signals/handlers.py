"""What signals does when something happened elsewhere."""

from collections.abc import Sequence

from apps.contracts.events.trading import ExecutionCompleted
from apps.kernel.events.envelope import Envelope
from apps.kernel.inbox.subscriptions import Subscription
from apps.signals import services


def resume_replays(events: Sequence[Envelope[ExecutionCompleted]]) -> None:
    """A signal has reached all its followers: the replay that waited for it may go on."""
    services.resume_replays([event.data.signal_id for event in events])


SUBSCRIPTIONS = (Subscription(ExecutionCompleted, resume_replays),)

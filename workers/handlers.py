"""One task for each handler in the subscription tables, named by its deed, so that Flower shows deeds."""

from collections.abc import Callable, Iterable

from django.conf import settings

from apps.kernel.inbox.handling import handle
from apps.kernel.inbox.subscriptions import Handler, Subscription, context_of, name_of
from workers.app import app
from workers.subscriptions import SUBSCRIPTIONS
from workers.task import HandlerTask


def _doorbell(handler: Handler) -> Callable[[list[int]], None]:
    using = settings.TREUM_DATABASE_OF[context_of(handler)]

    def ring(ids: list[int]) -> None:
        handle(handler, ids, using=using)

    return ring


def register(subscriptions: Iterable[Subscription]) -> None:
    """Make a task of each handler in a subscription table."""
    handlers = {handler for one in subscriptions for handler in (one.handler, one.expired) if handler is not None}
    for handler in sorted(handlers, key=name_of):
        app.task(name=name_of(handler), base=HandlerTask)(_doorbell(handler))


register(SUBSCRIPTIONS)

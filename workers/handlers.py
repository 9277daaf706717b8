"""One task for each handler in the subscription tables, named by its deed, so that Flower shows deeds."""

from collections.abc import Callable

from django.conf import settings

from apps.kernel.inbox.handling import handle
from apps.kernel.inbox.subscriptions import Handler, context_of, name_of
from workers.app import app
from workers.subscriptions import SUBSCRIPTIONS


def _doorbell(handler: Handler) -> Callable[[list[int]], None]:
    using = settings.TREUM_DATABASE_OF[context_of(handler)]

    def ring(ids: list[int]) -> None:
        handle(handler, ids, using=using)

    return ring


for _subscription in SUBSCRIPTIONS:
    for _handler in filter(None, (_subscription.handler, _subscription.expired)):
        app.task(name=name_of(_handler))(_doorbell(_handler))

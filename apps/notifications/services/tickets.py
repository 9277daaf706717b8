"""Tickets for the live stream, because a browser's EventSource sends no headers: short-lived and good for one use."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError

from apps.kernel.clock import now
from apps.kernel.redis_client import client
from apps.notifications.errors import LivePushUnavailable, TicketInvalid
from apps.notifications.streams import kept_seconds, listener_key_of

TICKET_PREFIX = "treum:ticket:"
TICKET_BYTES = 24
LONGEST_TICKET = 64


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket and when it expires."""

    ticket: str
    expires_at: datetime


def issue_ticket(user_id: UUID) -> Ticket:
    """Return a ticket to the stream of a person, who counts as listening from now on.

    Raises LivePushUnavailable while Redis is down.
    """
    seconds = settings.TREUM_NOTIFICATIONS_TICKET_SECONDS
    ticket = Ticket(secrets.token_urlsafe(TICKET_BYTES), now() + timedelta(seconds=seconds))
    try:
        client().set(TICKET_PREFIX + ticket.ticket, str(user_id), ex=seconds)
        client().set(listener_key_of(user_id), 1, ex=kept_seconds())
    except RedisError as error:
        raise LivePushUnavailable() from error
    return ticket


async def redeem_ticket(ticket: str, *, redis: AsyncRedis) -> UUID:
    """Take a ticket and return whose stream it opens. Raises TicketInvalid for one that is unknown, old or used."""
    if not 0 < len(ticket) <= LONGEST_TICKET:
        raise TicketInvalid()
    user_id = await redis.getdel(TICKET_PREFIX + ticket)
    # Nobody listens any more whose streams were closed after the ticket was issued.
    if user_id is None or not await redis.exists(listener_key_of(str(user_id))):
        raise TicketInvalid()
    return UUID(str(user_id))

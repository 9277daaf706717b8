"""Is what this process needs within reach? Each check asks one service one short question."""

import asyncio
import dataclasses
import datetime

import amqp
from django.conf import settings
from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable
from kombu import Connection
from redis.exceptions import RedisError

from apps.kernel import redis_client

TIMEOUT_SECONDS = 2


@dataclasses.dataclass
class RabbitMQ(HealthCheck):  # type: ignore[misc] # django-health-check has no types
    """Open and close a connection to the broker."""

    timeout = datetime.timedelta(seconds=TIMEOUT_SECONDS + 1)

    def run(self) -> None:
        """Raise ServiceUnavailable when the broker does not answer."""
        connection = Connection(settings.RABBITMQ_URL, connect_timeout=TIMEOUT_SECONDS)
        try:
            connection.connect()
        except (OSError, amqp.AMQPError) as error:
            raise ServiceUnavailable("RabbitMQ does not answer.") from error
        finally:
            connection.release()


@dataclasses.dataclass
class Redis(HealthCheck):  # type: ignore[misc] # django-health-check has no types
    """Ping Redis on a connection of its own."""

    timeout = datetime.timedelta(seconds=TIMEOUT_SECONDS)

    async def run(self) -> None:
        """Raise ServiceUnavailable when Redis does not answer."""
        client = redis_client.listening_client(block_seconds=0)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await client.ping()
        except (RedisError, OSError, TimeoutError) as error:
            raise ServiceUnavailable("Redis does not answer.") from error
        finally:
            await client.aclose()

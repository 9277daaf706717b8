"""What all tests share: where they may reach, and a broker of their own."""

from collections.abc import Iterator

import pytest
from django.conf import settings as configured
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import SettingsWrapper

from apps.kernel.bus.models import DeadLetter, DeadLetterAction
from apps.kernel.inbox.models import InboxMessage
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.periodic.models import PeriodicRun
from tests.support.broker import Broker


@pytest.fixture(scope="session")
def _virtual_host(worker_id: str) -> Iterator[Broker]:
    broker = Broker(configured.RABBITMQ_URL, management_url=configured.RABBITMQ_MANAGEMENT_URL, worker=worker_id)
    broker.open()
    yield broker
    broker.remove()


@pytest.fixture
def broker(_virtual_host: Broker, settings: SettingsWrapper) -> Broker:
    """The tests' virtual host with every queue empty; `settings.RABBITMQ_URL` points to it."""
    _virtual_host.purge()
    settings.RABBITMQ_URL = _virtual_host.url
    return _virtual_host


@pytest.fixture
def messaging(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Databases that keep what is committed, as relay, intake and workers see it; the messaging tables are emptied
    afterwards."""
    with django_db_blocker.unblock():
        yield
        _empty_messaging_tables()


def _empty_messaging_tables() -> None:
    for alias in configured.DATABASES:
        OutboxMessage.objects.using(alias).all().delete()
        InboxMessage.objects.using(alias).all().delete()
    DeadLetterAction.objects.all().delete()
    DeadLetter.objects.all().delete()
    PeriodicRun.objects.all().delete()

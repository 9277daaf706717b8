"""What all tests share: where they may reach, and a broker of their own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import DEFAULT_DB_ALIAS
from django.test.utils import setup_databases, teardown_databases
from psycopg2 import sql
from pytest_django import DjangoDbBlocker, Settings
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from apps.kernel.bus.models import DeadLetter, DeadLetterAction
from apps.kernel.inbox.models import InboxMessage
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.periodic.models import PeriodicRun
from tests.support.broker import Broker
from treum_project.preparation import server

ON_STAGE = ("tests/flows/", "tests/chaos/")


class StageScheduling(LoadGroupScheduling):  # type: ignore[misc] # untyped
    """Tests that play on a stage share one process of the run: each stage is many processes of its own.

    The mark `xdist_group` does not do it: xdist 3.8 writes it where pytest 9.2 no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "stage" if nodeid.startswith(ON_STAGE) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> StageScheduling | None:
    """Keep the stages in one process where the tests are spread by group."""
    return StageScheduling(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, worker_id: str
) -> Iterator[None]:
    """Test databases for every context, whichever of them a test names: none may ever reach a real one."""
    with django_db_blocker.unblock():
        _name_apart(worker_id)
        made = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def _virtual_host(worker_id: str) -> Iterator[Broker]:
    broker = Broker(configured.RABBITMQ_URL, management_url=configured.RABBITMQ_MANAGEMENT_URL, worker=worker_id)
    broker.open()
    yield broker
    broker.remove()


@pytest.fixture
def broker(_virtual_host: Broker, settings: Settings) -> Broker:
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


def _name_apart(worker_id: str) -> None:
    """Give this process's test databases names of their own, and drop those that dead test runs left."""
    with server(configured.DATABASES[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]+_'")
        for (name,) in cursor.fetchall():
            if not Path(f"/proc/{name.split('_')[1]}").exists():
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    for database in configured.DATABASES.values():
        database["TEST"] = {**database.get("TEST", {}), "NAME": f"test_{os.getpid()}_{worker_id}_{database['NAME']}"}


def _empty_messaging_tables() -> None:
    for alias in configured.DATABASES:
        OutboxMessage.objects.using(alias).all().delete()
        InboxMessage.objects.using(alias).all().delete()
    DeadLetterAction.objects.all().delete()
    DeadLetter.objects.all().delete()
    PeriodicRun.objects.all().delete()

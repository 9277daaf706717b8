"""Several reconciliations that begin together, each on a connection of its own."""

import threading

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from apps.kernel.clock import now
from apps.payments.apps import DATABASE
from apps.payments.errors import ReconciliationUnderWay
from apps.payments.models import Reconciliation
from apps.payments.services.reconciling.report import begin
from tests.support.snapshots import Snapshot

pytestmark = pytest.mark.integration

MANY = 8


def test_one_of_many_goes_on_and_the_others_leave(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    results: list[str] = []
    together = threading.Barrier(MANY)

    def run() -> None:
        together.wait()
        try:
            begin("sandbox", since=now())
            results.append("goes on")
        except ReconciliationUnderWay:
            results.append("leaves")
        finally:
            connections.close_all()

    with django_db_blocker.unblock(), Snapshot(DATABASE):
        threads = [threading.Thread(target=run) for _ in range(MANY)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == ["goes on"] + ["leaves"] * (MANY - 1)
        assert Reconciliation.objects.count() == 1

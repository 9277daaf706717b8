"""Moments that rows take by themselves are the wall clock's, not the transaction's."""

import pytest
from django.db import connections, transaction

from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.outbox.recorder import request

CLOCKED = {
    "default": {("periodic_run", "taken_at"), ("dead_letter", "first_died_at"), ("outbox_message", "created_at")},
    "signals": {("signals_signal", "generated_at"), ("inbox_message", "received_at")},
    "notifications": {("notifications_notification", "created_at")},
}


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("alias", sorted(CLOCKED))
def test_latency_columns_default_to_the_clock_at_the_row(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE column_default = 'clock_timestamp()'"
        )
        assert set(cursor.fetchall()) >= CLOCKED[alias]


@pytest.mark.django_db(databases=["trading"])
def test_two_rows_of_one_transaction_have_two_moments() -> None:
    with transaction.atomic(using="trading"), tracing.bind(tracing.fresh()):
        request("trading.first", using="trading")
        request("trading.second", using="trading")
    first, second = OutboxMessage.objects.using("trading").order_by("id").values_list("created_at", flat=True)
    assert first < second

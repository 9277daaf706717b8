"""Beat's messages name their slot and its end, and a tick that nobody takes in time is never a dead letter."""

from pathlib import Path

import pytest
from kombu import Connection, Producer

from tests.support.broker import Broker
from workers.app import app
from workers.schedule import BEAT, SlotScheduler
from workers.task import SLOT_ENDS_HEADER, SLOT_HEADER

pytestmark = pytest.mark.integration


def test_a_tick_names_its_slot_and_carries_no_ttl(broker: Broker, tmp_path: Path) -> None:
    scheduler = SlotScheduler(app=app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    entry = scheduler.Entry(name="advance timed replays", app=app, **BEAT["advance timed replays"])
    with Connection(broker.url) as connection:
        scheduler.apply_entry(entry, producer=Producer(connection))

    (tick,) = broker.take("signals")
    assert tick.headers["task"] == "signals.advance_replays"
    assert tick.headers[SLOT_HEADER] < tick.headers[SLOT_ENDS_HEADER]
    assert "expiration" not in tick.properties
    assert tick.headers["expires"] is None

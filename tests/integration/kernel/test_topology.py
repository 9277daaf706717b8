"""The broker as declared, and what the check says when it is not."""

import pytest

from apps.kernel.bus import topology
from tests.support.broker import Broker
from workers.queues import TOPOLOGY

pytestmark = pytest.mark.integration


def test_a_broker_with_the_topology_applied_passes_the_check(broker: Broker) -> None:
    assert topology.check(TOPOLOGY, url=broker.url) == []

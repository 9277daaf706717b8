"""The broker as declared, and what the check says when it is not."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.kernel.bus import topology
from apps.kernel.bus.management_api import ManagementApi, ManagementUnreachable
from apps.kernel.bus.topology import Policy
from tests.support.broker import Broker
from treum_project import preparation
from workers.queues import TOPOLOGY

pytestmark = pytest.mark.integration


@pytest.fixture
def spoiled(broker: Broker) -> Iterator[Broker]:
    """The tests' broker, for a test to spoil; it stands as declared again afterwards."""
    yield broker
    connection = broker.connection()
    connection.channel().queue_delete("core")
    connection.close()
    topology.apply(TOPOLOGY, url=broker.url)
    for policy in TOPOLOGY.policies:
        broker.set_policy(policy)


def _check() -> list[str]:
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("topology", "check", stderr=err)
    return err.getvalue().splitlines()


def test_a_broker_with_the_topology_applied_passes_the_check(broker: Broker) -> None:
    out = StringIO()
    call_command("topology", "check", stdout=out)
    assert out.getvalue() == "The broker is as declared.\n"


def test_applying_twice_does_no_harm(broker: Broker) -> None:
    call_command("topology", "apply", stdout=StringIO())
    assert topology.check(TOPOLOGY, url=broker.url) == []


@pytest.mark.parametrize("queue", ["core", "core.dlq", "celery_delayed_3"])
def test_the_check_finds_a_missing_queue_and_does_not_make_it(spoiled: Broker, queue: str) -> None:
    connection = spoiled.connection()
    connection.channel().queue_delete(queue)
    connection.close()
    for _ in range(2):
        assert _check() == [f"Queue {queue} is missing; run `python manage.py topology apply`."]


def test_the_check_finds_a_queue_with_other_arguments(spoiled: Broker) -> None:
    connection = spoiled.connection()
    channel = connection.channel()
    channel.queue_delete("core")
    channel.queue_declare("core", durable=True, auto_delete=False, arguments={"x-queue-type": "classic"})
    connection.close()
    (sentence,) = _check()
    assert sentence.startswith("Queue core stands with other arguments; delete it when empty and apply again (")


def test_the_check_finds_a_policy_that_is_not_in_force(spoiled: Broker) -> None:
    spoiled.set_policy(Policy("treum-tasks", "^core$", {"delivery-limit": 1}))
    (sentence,) = _check()
    assert sentence.startswith("Policy treum-tasks is {'delivery-limit': 1} and should be ")


def test_without_a_management_api_the_operator_is_told_the_commands(broker: Broker, settings: Settings) -> None:
    settings.RABBITMQ_MANAGEMENT_URL = ""
    lines = preparation.apply_policies()
    assert len(lines) == len(TOPOLOGY.policies)
    assert all("rabbitmqctl set_policy" in line and f"-p {broker.virtual_host} " in line for line in lines)
    assert preparation.policy_problems() == []


def test_an_unreachable_management_api_says_which_variable_to_look_at() -> None:
    with pytest.raises(ManagementUnreachable, match="check RABBITMQ_MANAGEMENT_URL"):
        ManagementApi("http://guest:guest@127.0.0.1:1").virtual_hosts()


def test_every_consumed_queue_has_a_home_for_its_dead(broker: Broker) -> None:
    depths = topology.depths(TOPOLOGY, url=broker.url)
    for queue in TOPOLOGY.consumed:
        assert queue.queue_arguments["x-dead-letter-exchange"] == topology.DEAD_LETTERS
        assert depths[f"{queue.name}.dlq"] == (0, 0)


def test_a_poisonous_message_dies_after_its_deliveries(broker: Broker) -> None:
    broker.publish(b"poison", exchange=topology.TASKS, key="core")
    for _ in range(topology.TASK_DELIVERY_LIMIT + 1):
        consumer = broker.consumer("core")
        assert len(consumer.next_batch()) == 1
        consumer.close()
    assert broker.depth("core") == 0
    (dead,) = broker.take("core.dlq")
    assert dead.headers["x-death"][0]["reason"] == "delivery_limit"

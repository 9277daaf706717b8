"""Live means this process; ready means everything it needs."""

import pytest

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "payments", "education", "signals", "trading", "notifications"]),
]


def test_live_asks_nobody(client, settings):
    settings.RABBITMQ_URL = settings.REDIS_URL = "broken"
    reply = client.get("/health/live")
    assert reply.status_code == 200
    assert reply.json() == {"status": "ok", "checks": {}}


def test_ready_names_each_service(client):
    reply = client.get("/health/ready")
    assert reply.status_code == 200, reply.content
    assert set(reply.json()["checks"]) == {
        "database.default",
        "database.payments",
        "database.education",
        "database.signals",
        "database.trading",
        "database.notifications",
        "redis",
        "rabbitmq",
    }


@pytest.mark.parametrize(
    ("setting", "url", "check"),
    [
        ("RABBITMQ_URL", "amqp://nobody:secret@127.0.0.1:1//", "rabbitmq"),
        ("REDIS_URL", "redis://:secret@127.0.0.1:1/0", "redis"),
    ],
)
def test_a_service_that_is_down_makes_it_unready_and_no_secret_is_told(client, settings, setting, url, check):
    setattr(settings, setting, url)
    reply = client.get("/health/ready", headers={"Accept": "text/html"})
    assert reply.status_code == 503
    assert reply["Content-Type"] == "application/json"
    assert [name for name, word in reply.json()["checks"].items() if word != "ok"] == [check]
    assert "secret" not in reply.content.decode()

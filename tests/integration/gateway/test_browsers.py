"""What browsers are told: which pages may call, and what a page may load."""

import pytest

from apps.kernel.resilience.buckets import Rate
from tests.support.people import an_address

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

FRONTEND = "https://app.treum.example"


@pytest.fixture
def frontend(settings):
    settings.CORS_ALLOWED_ORIGINS = [FRONTEND]
    settings.CORS_ALLOWED_ORIGIN_REGEXES = []


def preflight(client, *, origin, method="POST", headers="authorization,idempotency-key,x-session-token"):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    return client.options("/api/v1/follows", headers=asked)


@pytest.mark.usefixtures("frontend")
def test_the_frontend_may_ask_with_our_headers(client):
    reply = preflight(client, origin=FRONTEND)
    assert reply.status_code == 200
    assert reply["Access-Control-Allow-Origin"] == FRONTEND
    allowed = {name.strip() for name in reply["Access-Control-Allow-Headers"].split(",")}
    assert allowed >= {"authorization", "idempotency-key", "x-api-key", "x-session-token"}
    assert "Access-Control-Allow-Credentials" not in reply


@pytest.mark.usefixtures("frontend")
@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{FRONTEND}.evil.example", "null", "http://localhost:8080"]
)
def test_other_pages_may_not(client, origin):
    assert "Access-Control-Allow-Origin" not in preflight(client, origin=origin)


@pytest.mark.usefixtures("frontend")
@pytest.mark.parametrize("limited", [False, True], ids=["refused", "limited"])
def test_a_page_can_read_why_it_was_refused(client, settings, limited):
    address = an_address()
    if limited:
        settings.TREUM_GATEWAY_RATES = {**settings.TREUM_GATEWAY_RATES, "read": Rate(per_minute=1, burst=1)}
        client.get("/api/v1/me", REMOTE_ADDR=address)
    reply = client.get("/api/v1/me", headers={"Origin": FRONTEND}, REMOTE_ADDR=address)
    assert reply.status_code == (429 if limited else 401)
    assert reply["Access-Control-Allow-Origin"] == FRONTEND
    exposed = {name.strip() for name in reply["Access-Control-Expose-Headers"].split(",")}
    assert exposed >= {"ratelimit-remaining", "retry-after", "x-correlation-id", "idempotent-replayed"}


@pytest.mark.parametrize("address", ["/api/v1/me", "/api/docs/", "/admin/login/", "/health/live", "/nothing-here"])
def test_every_answer_says_what_a_page_may_do(client, address):
    reply = client.get(address)
    policy = reply["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["X-Frame-Options"] == "DENY"
    assert reply["Referrer-Policy"] == "same-origin"
    assert "camera=()" in reply["Permissions-Policy"]


def test_the_page_of_the_docs_has_no_inline_code(client):
    page = client.get("/api/docs/").content.decode()
    assert "<style" not in page
    assert page.count("<script") == page.count("<script src=")
    assert "SwaggerUIBundle" in client.get("/api/docs/?script=").content.decode()

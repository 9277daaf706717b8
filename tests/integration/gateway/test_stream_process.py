"""The same gate stands in front of the stream process, which speaks ASGI."""

import asyncio

import pytest
from asgiref.testing import ApplicationCommunicator

from apps.kernel.resilience.buckets import Rate
from tests.support.people import an_address
from treum_project.asgi import application

pytestmark = pytest.mark.integration

ADDRESS = an_address()


def call(path, *, method="GET", headers=(), chunks=(b"",), address=ADDRESS):
    """Return status, headers and body of an answer of the stream process."""

    async def talk():
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "client": (address, 1234),
            "headers": [(b"host", b"localhost"), *headers],
        }
        communicator = ApplicationCommunicator(application, scope)
        for number, chunk in enumerate(chunks, start=1):
            body = {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
            await communicator.send_input(body)
        start = await communicator.receive_output(timeout=10)
        body = await communicator.receive_output(timeout=10)
        names = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        await communicator.send_input({"type": "http.disconnect"})
        await communicator.wait(timeout=10)
        return start["status"], names, body["body"]

    return asyncio.run(talk())


def test_a_stream_without_a_ticket_is_refused_with_the_gates_headers():
    status, headers, body = call("/api/v1/stream")
    assert status == 401
    assert b"urn:treum:problem:ticket_invalid" in body
    assert int(headers["ratelimit-remaining"]) > 0
    assert headers["permissions-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


def test_another_method_is_refused():
    status, headers, _ = call("/api/v1/stream", method="POST")
    assert (status, headers["allow"]) == (405, "GET")


def test_an_address_limits_itself_here_too(settings):
    settings.TREUM_GATEWAY_RATES = {**settings.TREUM_GATEWAY_RATES, "address": Rate(per_minute=1, burst=2)}
    address = an_address()
    assert [call("/api/v1/stream", address=address)[0] for _ in range(3)] == [401, 401, 429]


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        pytest.param([b"x" * 50, b"x" * 50], 200, id="up to the limit"),
        pytest.param([b"x" * 50, b"x" * 51], 413, id="over it"),
        pytest.param([b"x" * 60] * 1000, 413, id="far over it"),
    ],
)
def test_a_body_in_chunks_is_measured(settings, chunks, status):
    settings.TREUM_MAX_BODY_BYTES = 100
    assert call("/health/live", chunks=chunks)[0] == status


def test_of_a_body_no_more_is_kept_than_shows_that_it_is_too_large(settings):
    settings.TREUM_MAX_BODY_BYTES = 100

    async def read():
        chunks = iter([b"x" * 60] * 1000)
        messages = ({"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks)

        async def receive():
            return next(messages, {"type": "http.request", "body": b"", "more_body": False})

        with await application.read_body(receive) as body:
            return body.read()

    assert len(asyncio.run(read())) == 101

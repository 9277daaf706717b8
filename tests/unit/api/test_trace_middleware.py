"""A request joins its caller's story only when the ids it brings are well-formed."""

import json
import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from apps.kernel.observability import trace as tracing
from apps.kernel.observability.logs import with_trace
from apps.kernel.observability.middleware import trace_middleware

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def _seen(**headers):
    """Return the trace that a view sees, and the response."""
    seen = []

    def view(request):
        seen.append(tracing.current())
        return HttpResponse()

    response = trace_middleware(view)(RequestFactory().get("/", headers=headers))
    return seen[0], response


def test_a_well_formed_correlation_id_is_taken_up_and_returned():
    trace, response = _seen(**{"X-Correlation-ID": "order-2026-abc"})
    assert trace.correlation_id == response["X-Correlation-ID"] == "order-2026-abc"


@pytest.mark.parametrize(
    "given",
    ["", "short", "x" * 65, "has space in it", "new\nline-12345", "semi;colon-12", "<script>alert</script>"],
)
def test_any_other_correlation_id_is_replaced(given):
    trace, response = _seen(**{"X-Correlation-ID": given})
    assert trace.correlation_id != given
    assert len(response["X-Correlation-ID"]) == 36


def test_a_trace_goes_on_under_a_new_parent():
    trace, _ = _seen(traceparent=PARENT)
    version, trace_id, parent, flags = trace.traceparent.split("-")
    assert (version, trace_id, flags) == ("00", "4bf92f3577b34da6a3ce929d0e0e4736", "01")
    assert parent != "00f067aa0ba902b7"


@pytest.mark.parametrize("asked", ["00", "01"])
@pytest.mark.parametrize(("ratio", "flags"), [(0.0, "00"), (1.0, "01")])
def test_whether_a_trace_is_sampled_is_ours_to_say(settings, asked, ratio, flags):
    settings.TREUM_TRACE_RATIO = ratio
    trace, _ = _seen(traceparent=PARENT[:-2] + asked)
    assert trace.traceparent.split("-")[1] == PARENT.split("-")[1]
    assert trace.traceparent.endswith(flags)


def test_the_ratio_is_of_all_requests(settings):
    settings.TREUM_TRACE_RATIO = 0.5
    sampled = [_seen()[0].traceparent.endswith("01") for _ in range(400)]
    assert 140 < sum(sampled) < 260


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", id="forbidden version"),
        pytest.param(f"00-{'0' * 32}-00f067aa0ba902b7-01", id="no trace id"),
        pytest.param(f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01", id="no parent id"),
        pytest.param(PARENT.upper(), id="upper case"),
        pytest.param(PARENT + "-more", id="too long"),
    ],
)
def test_a_malformed_trace_is_not_continued(given):
    trace, _ = _seen(traceparent=given)
    assert trace.traceparent.split("-")[1] not in given.lower()


def test_the_story_ends_with_the_request():
    _seen()
    assert tracing.bound() is None


def test_who_logs_in_acts_until_the_request_ends():
    with tracing.bind(tracing.fresh()):
        tracing.act_as("user:7")
        assert tracing.current().actor == "user:7"
    assert tracing.bound() is None


def test_each_log_line_carries_the_story():
    with tracing.bind(tracing.Trace("story-1234", traceparent=PARENT, actor="user:7")):
        event = with_trace(logging.getLogger(), "info", {"event": "x"})
    assert json.loads(json.dumps(event)) == {
        "event": "x",
        "correlation_id": "story-1234",
        "actor": "user:7",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }

"""Each kind of refusal has one HTTP status, and every answer is a problem document."""

import json

import pytest
from django.db import OperationalError
from django.http import Http404
from django.test import RequestFactory
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions

from apps.kernel.api import errors
from apps.kernel.errors import Conflict, NotFound, Refused, TreumError, Unavailable


class QuantityTooSmall(Refused):
    """The quantity {qty} is below the lot of {symbol}."""


class OrderUnknown(NotFound):
    """There is no order {order}."""


class AlreadyFilled(Conflict):
    """The order is filled."""


class VenueDown(Unavailable):
    """The venue does not answer."""

    retry_after = 17


class Kindless(TreumError):
    """This has no kind."""


@pytest.mark.parametrize(
    ("error", "status", "code", "detail"),
    [
        pytest.param(
            QuantityTooSmall(qty="0.1", symbol="X"),
            422,
            "quantity_too_small",
            "The quantity 0.1 is below the lot of X.",
            id="refused",
        ),
        pytest.param(OrderUnknown(order=7), 404, "order_unknown", "There is no order 7.", id="not found"),
        pytest.param(AlreadyFilled(), 409, "already_filled", "The order is filled.", id="conflict"),
        pytest.param(VenueDown(), 503, "venue_down", "The venue does not answer.", id="unavailable"),
    ],
)
def test_each_kind_has_its_status(error, status, code, detail):
    answer = errors.problem_handler(error, {})
    assert answer is not None
    assert answer.status_code == answer.data["status"] == status
    assert answer.data["type"] == f"urn:treum:problem:{code}"
    assert answer.data["detail"] == detail
    assert answer.content_type == "application/problem+json"


def test_unavailable_says_when_to_come_back():
    assert errors.problem_handler(VenueDown(), {}).headers["Retry-After"] == "17"


@pytest.mark.parametrize("error", [OperationalError("gone"), RedisConnectionError("gone")])
def test_a_service_that_is_down_is_503_and_its_words_stay_inside(error):
    answer = errors.problem_handler(error, {})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "gone" not in answer.data["detail"]


@pytest.mark.parametrize("error", [ValueError("a bug"), Kindless()])
def test_a_bug_is_left_to_django(error):
    assert errors.problem_handler(error, {}) is None


def test_each_wrong_field_is_listed_with_its_path():
    error = exceptions.ValidationError({"legs": [{}, {"qty": ["Too small."]}], "non_field_errors": ["Choose one."]})
    answer = errors.problem_handler(error, {})
    assert answer.status_code == 400
    assert answer.data["errors"] == [
        {"field": "legs.1.qty", "code": "invalid", "message": "Too small."},
        {"field": "", "code": "invalid", "message": "Choose one."},
    ]


def test_djangos_404_does_not_repeat_what_it_looked_for():
    answer = errors.problem_handler(Http404("No Order matches user 7"), {})
    assert answer.status_code == 404
    assert "user 7" not in answer.data["detail"]


@pytest.mark.parametrize(
    ("handler", "status"),
    [(errors.bad_request, 400), (errors.permission_denied, 403), (errors.not_found, 404)],
)
def test_djangos_own_errors_are_problems_under_the_api(handler, status):
    response = handler(RequestFactory().get("/api/v1/nothing"), Exception())
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["instance"] == "/api/v1/nothing"


def test_a_server_error_tells_no_secrets():
    response = errors.server_error(RequestFactory().get("/api/v1/nothing"))
    assert response.status_code == 500
    assert json.loads(response.content)["type"] == "urn:treum:problem:internal_error"

"""No list takes a parameter that it does not know, or one twice: generated from the table of addresses."""

import pytest

from apps.kernel.gateway.policy import Who, rules_of
from tests.support.entitlements import may_see
from tests.support.people import a_person, client_of
from tests.support.routes import routes
from treum_project import openapi

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases="__all__")]

GUARD_THEMSELVES = ("headless:", "stream")
VALUES = {
    "cursor": "cD0x", "page_size": "5", "symbol": "BTC-USDT", "timeframe": "1h", "since": "2026-02-01",
    "until": "2026-03-01", "by": "day", "at": "2026-02-01T00:00:00Z",
}  # fmt: skip


def asked_for(route) -> list[str]:
    """Return the parameters that an address is described to take."""
    described = openapi.document()["paths"].get(route.path, {}).get("get", {}).get("parameters", ())
    return [parameter["name"] for parameter in described if parameter["in"] == "query"]


def is_list(route) -> bool:
    return getattr(route.view, "actions", {}).get("get") == "list"


FOUND = [
    (route, asked_for(route))
    for route in routes()
    if not route.name.startswith((*GUARD_THEMSELVES, "admin:")) and (is_list(route) or asked_for(route))
]


@pytest.fixture
def clients():
    """The client for each kind of address, of somebody who may see everything."""
    staff = may_see(a_person(is_staff=True, is_superuser=True))
    return {who: client_of(staff, proved=True) for who in Who}


def refusals(clients, route, query):
    """Return the code of what is refused, by parameter."""
    answer = clients[rules_of(route.name)["GET"].who].get(f"{route.path}?{query}")
    if answer.status_code != 400:
        return {"": f"{answer.status_code}"}
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def test_lists_and_reports_are_found():
    names = {route.name for route, _ in FOUND}
    assert {"signal-list", "invoice-list", "report-entry-list", "report-revenue-csv", "plan-list"} <= names
    assert len(names) >= 25


def test_a_misspelt_parameter_is_refused(clients):
    wrong = [route.name for route, _ in FOUND if refusals(clients, route, "statu=paid").get("statu") != "unknown"]
    assert wrong == []


def test_a_parameter_given_twice_is_refused(clients):
    wrong = [
        f"{route.name}?{name}"
        for route, names in FOUND
        for name in names
        if refusals(clients, route, f"{name}=1&{name}=1").get(name) != "repeated"
    ]
    assert wrong == []


def test_what_is_allowed_is_told(clients):
    route = next(route for route, _ in FOUND if route.name == "invoice-list")
    (error,) = clients[Who.USER].get(f"{route.path}?statu=paid").json()["errors"]
    assert error["message"] == "There is no such parameter here: use cursor, page_size, status, subscription_id."


def test_what_is_described_is_taken(clients):
    for route, names in FOUND:
        query = "&".join(f"{name}={VALUES[name]}" for name in names if name in VALUES and name != "cursor")
        answer = clients[rules_of(route.name)["GET"].who].get(f"{route.path}?{query}")
        assert answer.status_code == 200, f"{route.name}?{query}: {answer.content.decode()}"

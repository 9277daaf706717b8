"""The OpenAPI document is whole: ours, allauth's and the gate's, with a summary, examples and errors everywhere."""

import re
from contextlib import suppress
from uuid import UUID

import pytest
from django.urls import Resolver404, resolve
from drf_spectacular.validation import validate_schema
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from apps.kernel.gateway.addresses import rule_at
from apps.kernel.gateway.policy import Idempotency, RateClass, Who, the_policy
from treum_project import openapi
from treum_project.openapi.examples import resolved

pytestmark = pytest.mark.integration

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document():
    return openapi.document()


def _operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def _ours(document):
    return [(name, operation) for name, operation in _operations(document) if "/auth/app/" not in name]


def _rule(name):
    method, path = name.split()
    return rule_at(path, method)


def _replies(operation, document):
    return {status: resolved(reply, document) for status, reply in operation["responses"].items()}


def _problem_codes(operation, document, status):
    reply = _replies(operation, document).get(status, {})
    return set(reply.get("content", {}).get("application/problem+json", {}).get("examples", {}))


def test_the_document_is_valid_openapi_3_1(document):
    validate_schema(document)
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")


def _route(name):
    method, path = name.split()
    for sample in ("7", str(UUID(int=7))):
        with suppress(Resolver404):
            return resolve(re.sub("{[^}]*}", sample, path)).view_name, method
    return None


def test_each_route_of_the_api_that_lets_anyone_in_is_in_the_document(document):
    described = {_route(name) for name, _ in _operations(document)}
    for route, rules in the_policy().items():
        if route.startswith(("admin", "health", "docs", "schema")):
            continue
        for method, rule in rules.items():
            is_page = rule.rate is RateClass.PAGES
            assert is_page or rule.who is Who.NOBODY or (route, method) in described, f"{method} {route}"


def test_each_operation_has_a_name_a_summary_a_tag_and_its_security(document):
    for name, operation in _operations(document):
        assert operation.get("summary"), name
        assert operation.get("tags"), name
        assert "security" in operation, name
    ids = [operation["operationId"] for _, operation in _operations(document)]
    assert len(ids) == len(set(ids))
    assert {tag["name"] for tag in document["tags"]} == {
        tag for _, operation in _operations(document) for tag in operation["tags"]
    }


def test_each_answer_and_each_body_has_an_example(document):
    for name, operation in _operations(document):
        bodies = [resolved(operation.get("requestBody", {}), document), *_replies(operation, document).values()]
        for body in bodies:
            for media_type, content in body.get("content", {}).items():
                assert "json" not in media_type or {"example", "examples"} & content.keys(), name


def test_each_operation_says_what_the_gate_answers(document):
    for name, operation in _operations(document):
        rule = _rule(name)
        assert _problem_codes(operation, document, "405") == {"method_not_allowed"}, name
        assert "body_too_large" in _problem_codes(operation, document, "413"), name
        assert "too_many_requests" in _problem_codes(operation, document, "429"), name
        assert "Retry-After" in _replies(operation, document)["429"]["headers"], name
        assert "service_unreachable" in _problem_codes(operation, document, "503"), name
        if rule.who is Who.USER:
            assert {"login_required", "bad_credentials"} <= _problem_codes(operation, document, "401"), name
            missing = "keys_not_accepted" if rule.scope is None else "scope_missing"
            assert missing in _problem_codes(operation, document, "403"), name
        assert rule.step_up is ("reauthentication_required" in _problem_codes(operation, document, "403")), name


def test_what_lets_a_caller_in_is_what_the_rule_says(document):
    for name, operation in _ours(document):
        rule = _rule(name)
        if rule.who in (Who.USER, Who.STAFF):
            by_key = [{"apiKey": [rule.scope.value]}] if rule.scope else []
            assert operation["security"] == [{"accessToken": []}, *by_key], name
        else:
            assert operation["security"] == [], name


def test_an_idempotency_key_is_described_where_the_rule_has_one(document):
    for name, operation in _operations(document):
        parameters = [resolved(one, document) for one in operation.get("parameters", [])]
        found = [one["required"] for one in parameters if one["name"] == "Idempotency-Key"]
        expected = {Idempotency.IGNORED: [], Idempotency.ACCEPTED: [False], Idempotency.REQUIRED: [True]}
        assert found == expected[_rule(name).idempotency], name


def test_each_operation_of_ours_names_its_errors_as_problems(document):
    for name, operation in _ours(document):
        refusals = {status: reply for status, reply in _replies(operation, document).items() if status[0] in "45"}
        assert all("application/problem+json" in reply["content"] for reply in refusals.values()), name
        assert "404" in refusals or "{" not in name, name
        assert "400" in refusals or "requestBody" not in operation, name


def test_of_allauth_only_what_is_offered_is_described(document):
    paths = [path for path in document["paths"] if "/auth/app/" in path]
    assert "/api/v1/auth/app/v1/auth/login" in paths
    assert not [path for path in paths if "webauthn" in path or "provider" in path or "phone" in path]
    assert "_allauth" not in str(document["paths"].keys())


def test_the_docs_need_nothing_from_elsewhere(client):
    page = client.get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "cdn" not in text
    assert 'src="/static/drf_spectacular_sidecar' in text
    assert client.head("/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js").status_code == 200


def test_the_document_is_served_to_everyone():
    reply = APIClient().get("/api/schema/?format=json", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert reply.status_code == 200

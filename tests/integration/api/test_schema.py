"""The OpenAPI document is whole: each operation has a summary, an example and its errors."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

pytestmark = pytest.mark.integration

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


def _operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def _bodies(operation):
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield from response.get("content", {}).values()


def test_the_document_is_valid_openapi_3_1(document):
    validate_schema(document)
    assert document["openapi"].startswith("3.1")


def test_each_operation_has_a_summary_of_its_own(document):
    summaries = {name: operation.get("summary", "") for name, operation in _operations(document)}
    assert all(summaries.values()), [name for name, summary in summaries.items() if not summary]
    ids = [operation["operationId"] for _, operation in _operations(document)]
    assert len(ids) == len(set(ids))


def test_each_answer_has_an_example(document):
    without = [
        name
        for name, operation in _operations(document)
        if any("example" not in body and "examples" not in body for body in _bodies(operation))
    ]
    assert without == []


def test_each_body_that_is_sent_has_an_example(document):
    without = [
        name
        for name, operation in _operations(document)
        if "requestBody" in operation and "examples" not in operation["requestBody"]["content"]["application/json"]
    ]
    assert without == []


def test_each_operation_names_its_errors_as_problems(document):
    for name, operation in _operations(document):
        refusals = {status: reply for status, reply in operation["responses"].items() if status[0] in "45"}
        assert {"405", "503"} <= set(refusals), name
        assert all("application/problem+json" in reply["content"] for reply in refusals.values()), name
        assert "401" in refusals, name
        assert "404" in refusals or "{" not in name, name
        assert "400" in refusals or "requestBody" not in operation, name


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

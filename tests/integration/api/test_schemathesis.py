"""Random requests to every operation of the document: no server error, and no answer that the document does not have.

A bounded number of them here; `make fuzz` sends many more.
"""

import os
import re
from contextlib import ExitStack

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from tests.support.accounts import AccountClient
from tests.support.belongings import belongings, published
from tests.support.in_process import connections_kept
from tests.support.people import an_address
from tests.support.undone import mended, undone
from treum_project import openapi
from treum_project.wsgi import application

DATABASES = ["default", "payments", "signals", "trading", "notifications"]
pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=DATABASES)]

EXAMPLES = int(os.environ.get("TREUM_FUZZ_EXAMPLES", "12"))
SCENARIOS, STEPS = EXAMPLES, 15
LIVES_ELSEWHERE = "stream_read"
ENDS_THE_SESSION = (
    "auth_account_current_session_delete",
    "auth_account_change_password",
    "auth_usersessions_sessions_delete",
    "me_erasure_create",
)
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]
SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="TREUM_FUZZ_EXAMPLES" not in os.environ,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def schema():
    config = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False, "allow-x00": True}})
    found = schemathesis.openapi.from_dict(openapi.document(), config=config)
    found.app = application
    return found


@pytest.fixture
def known(tmp_path):
    """Someone who has one thing of each kind."""
    published(tmp_path)
    return belongings()


def operations(schema):
    """Return what this process answers."""
    found = [result.ok() for result in schema.get_all_operations()]
    return [operation for operation in found if operation.definition.raw["operationId"] != LIVES_ELSEWHERE]


def cases(operation, known):
    """Return requests to an operation, right and wrong ones, half of them about things that are there."""
    wrong = [operation.as_strategy(GenerationMode.NEGATIVE)] if operation.path_parameters or operation.query else []
    return st.builds(about, st.one_of(operation.as_strategy(), *wrong), st.booleans(), st.just(known))


def about(case, is_there, known):
    """Have a request speak of what is there, and of the first page of it."""
    if is_there and "{" in case.operation.path:
        names = re.findall(r"\{([^}]*)\}", case.operation.path)
        case.path_parameters = dict(zip(names, known.ids_at(case.operation.path), strict=True))
    if is_there and case.query:
        case.query = {name: value for name, value in case.query.items() if name != "cursor"}
    return case


def told(error):
    """Return what schemathesis found in a few lines: what is wrong, and the command that shows it."""
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
    reasons = [" ".join(str(one).split())[:400] for one in inner]
    command = [line.strip() for line in str(error).splitlines() if line.strip().startswith("curl ")]
    return " | ".join([*reasons, *command])


def refutations(schema, known, headers, examples=EXAMPLES):
    """Send random requests to every operation and return what was answered outside the document."""
    found = []

    def send(case):
        with undone(DATABASES):
            case.call_and_validate(headers=headers, checks=CHECKS, environ_base={"REMOTE_ADDR": an_address()})

    with connections_kept():
        for operation in operations(schema):
            try:
                few = hypothesis.settings(SETTINGS, max_examples=examples)
                few(hypothesis.given(case=cases(operation, known))(lambda case: send(case)))()
            except (Exception, BaseExceptionGroup) as error:
                found.append(f"{operation.label}: {told(error)}")
    return found


def login_of(known):
    meta = AccountClient().log_in(known.person.email).json()["meta"]
    return {"Authorization": f"Bearer {meta['access_token']}"}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no credentials"),
        pytest.param({"Authorization": "Bearer forged"}, id="a forged token"),
        pytest.param({"X-Session-Token": "forged"}, id="a forged session"),
        pytest.param({"X-API-Key": "treum_forged_key"}, id="a forged key"),
    ],
)
def test_no_answer_to_a_stranger_is_outside_the_document(schema, known, headers):
    found = refutations(schema, known, headers, examples=EXAMPLES // 4)
    assert not found, "\n".join(found)


def test_no_answer_to_a_person_is_outside_the_document(schema, known):
    found = refutations(schema, known, login_of(known))
    assert not found, "\n".join(found)


def test_no_story_of_a_person_ends_outside_the_document(schema, known):
    """Each step takes what an answer before it has told: stateful, by the links that follow from the document."""
    headers = login_of(known)
    lasting = schema.exclude(operation_id=[*ENDS_THE_SESSION, LIVES_ELSEWHERE])

    class Story(lasting.as_state_machine()):
        def setup(self):
            self.trace = ExitStack()
            self.trace.enter_context(undone(DATABASES))

        def teardown(self):
            self.trace.close()

        def get_call_kwargs(self, case):
            return {"headers": headers, "environ_base": {"REMOTE_ADDR": an_address()}}

        def call(self, case, **kwargs):
            with mended(DATABASES):
                return super().call(case, **kwargs)

        def validate_response(self, response, case, additional_checks=None, **kwargs):
            case.validate_response(response, checks=CHECKS)

    with connections_kept():
        Story.run(settings=hypothesis.settings(SETTINGS, max_examples=SCENARIOS, stateful_step_count=STEPS))

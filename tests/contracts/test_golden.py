"""What has been published can be read for ever, and never changes but by an optional field."""

import copy
import json
from pathlib import Path

import pytest

from apps.kernel.events import codec
from tests.contracts import golden
from tests.contracts.golden import PAYLOADS, broken_promises, contracts, live_schemas, name_of, published_schemas

CORPUS = sorted(PAYLOADS.glob("*.json"))


def test_every_event_and_version_has_a_golden_payload() -> None:
    assert {path.stem for path in CORPUS} == {name_of(event) for event in contracts()}


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_golden_payload_is_read_and_written_without_change_but_for_fields_that_it_could_not_know(path: Path) -> None:
    contracts()
    kept = json.loads(path.read_text())
    (envelope,) = codec.decode(path.read_bytes(), content_type=codec.EVENT_CONTENT_TYPE)
    written = json.loads(codec.encode(envelope))
    younger = {field: written["data"].pop(field) for field in written["data"].keys() - kept["data"].keys()}
    assert written == kept
    assert all(type(envelope.data).model_fields[field].default == value for field, value in younger.items())


def test_the_schema_file_is_what_the_code_declares() -> None:
    assert published_schemas() == live_schemas(), "Run `python -m tests.contracts.golden`."


def test_a_new_optional_field_breaks_no_promise() -> None:
    live = copy.deepcopy(published_schemas())
    live["signal.generated.1"]["properties"]["mood"] = {"type": "string", "default": ""}
    assert broken_promises(published_schemas(), live) == []


def test_a_changed_schema_is_refused_with_the_field_that_changed() -> None:
    live = copy.deepcopy(published_schemas())
    schema = live["signal.generated.1"]
    schema["properties"]["price"] = {"type": "number"}
    del schema["properties"]["analysis"]
    schema["required"].remove("symbol")
    schema["$defs"]["Evidence"]["properties"]["value"] = {"type": "number"}
    del live["trade.executed.1"]
    assert broken_promises(published_schemas(), live) == [
        "signal.generated.1/Evidence: field value has changed or is gone.",
        "signal.generated.1: field analysis has changed or is gone.",
        "signal.generated.1: field price has changed or is gone.",
        "signal.generated.1: field symbol is no longer as required or optional as it was.",
        "trade.executed.1 was published and is gone.",
    ]


def test_the_command_leaves_the_file_alone_when_a_promise_would_break(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "schemas.json"
    kept.write_text(json.dumps({"order.placed.1": {}}))
    monkeypatch.setattr(golden, "SCHEMAS", kept)
    assert golden.main() == 1
    assert json.loads(kept.read_text()) == {"order.placed.1": {}}
    assert capsys.readouterr().err == (
        "order.placed.1 was published and is gone. Make it a new version with an upcaster.\n"
    )

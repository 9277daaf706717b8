"""The published schemas and one payload of each event, kept as files: what is published never changes.

`python -m tests.contracts.golden` writes what is new (a new event, a new version, a new optional field) and refuses
any other change of what has been published.
"""

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

from apps.contracts import events
from apps.kernel.events import registry
from apps.kernel.events.base import Event

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas.json"
PAYLOADS = HERE / "golden"


def contracts() -> list[type[Event]]:
    """Return every event that the contracts declare."""
    for module in pkgutil.iter_modules(events.__path__, prefix=f"{events.__name__}."):
        importlib.import_module(module.name)
    return [event for event in registry.all_events() if event.__module__.startswith(f"{events.__name__}.")]


def name_of(event: type[Event]) -> str:
    """Return the name under which an event's schema and payload are kept."""
    return f"{event.event_type}.{event.version}"


def live_schemas() -> dict[str, Any]:
    """Return the schemas as the code has them."""
    return {name_of(event): event.model_json_schema(mode="validation") for event in contracts()}


def published_schemas() -> dict[str, Any]:
    """Return the schemas as they were published."""
    return json.loads(SCHEMAS.read_text()) if SCHEMAS.is_file() else {}


def broken_promises(published: dict[str, Any], live: dict[str, Any]) -> list[str]:
    """Return a sentence for each way in which live schemas break published ones; optional additions break nothing."""
    found = [f"{name} was published and is gone." for name in published if name not in live]
    for name in published.keys() & live.keys():
        before, after = published[name], live[name]
        found += [f"{name}: {said}" for said in _differences(before, after)]
        for part in before.get("$defs", {}):
            now = after.get("$defs", {}).get(part, {})
            found += [f"{name}/{part}: {said}" for said in _differences(before["$defs"][part], now)]
    return sorted(found)


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    fields, now = before.get("properties", {}), after.get("properties", {})
    required = set(after.get("required", [])) ^ set(before.get("required", []))
    return [
        *(
            f"field {field} has changed or is gone."
            for field in fields
            if _meaning(fields[field]) != _meaning(now.get(field))
        ),
        *(f"field {field} is no longer as required or optional as it was." for field in sorted(required)),
    ]


def _meaning(field: Any) -> Any:
    return {key: value for key, value in field.items() if key != "description"} if field else field


def main() -> int:
    """Write the schema file, unless a promise would be broken."""
    live = live_schemas()
    broken = broken_promises(published_schemas(), live)
    for sentence in broken:
        sys.stderr.write(f"{sentence} Make it a new version with an upcaster.\n")
    if not broken:
        SCHEMAS.write_text(json.dumps(live, indent=1, sort_keys=True) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

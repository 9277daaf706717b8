"""What every event is: a frozen statement of one fact, declared once with its type, version and owner."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer

LARGEST_EXPONENT = 40

DECLARED: "dict[str, dict[int, type[Event]]]" = {}
"""Every event class, by type and version."""


class EventDeclaredTwice(TypeError):
    """Two classes declare the same event type and version."""


def in_utc(value: datetime) -> datetime:
    """Return an aware moment in UTC. Raises ValueError for a naive one, and for one that UTC cannot express."""
    if value.tzinfo is None:
        raise ValueError("Times in events carry their zone; add one, UTC for choice.")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value.isoformat()} lies outside the calendar in UTC.") from None


def _writable(value: Decimal) -> Decimal:
    if abs(value.adjusted()) > LARGEST_EXPONENT:
        raise ValueError(f"Decimals in events lie within 1E±{LARGEST_EXPONENT}; neither money nor prices need more.")
    return value


Exact = Annotated[
    Decimal,
    AfterValidator(_writable),
    PlainSerializer(lambda value: f"{value:f}", return_type=str, when_used="json-unless-none"),
]
"""A decimal that is a plain string on the wire, never in exponent form; its magnitude is bounded, so that writing it
out cannot fill the memory."""

Moment = Annotated[datetime, AfterValidator(in_utc)]
"""An aware datetime, in UTC on the wire."""


class Event(BaseModel):
    """Base of all events: `class OrderPlaced(Event, type="order.placed", version=1, owner="trading")`.

    A published version never changes except by an optional field; unknown fields are ignored, so that an older
    consumer reads a newer optional one. Anything else is a new version with an upcaster in the registry.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)

    event_type: ClassVar[str]
    version: ClassVar[int]
    owner: ClassVar[str]

    def __init_subclass__(cls, **declared: Any) -> None:
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(cls, **declared: Any) -> None:
        super().__pydantic_init_subclass__()
        cls.event_type = declared["type"]
        cls.version = declared["version"]
        cls.owner = declared["owner"]
        known = DECLARED.setdefault(cls.event_type, {}).setdefault(cls.version, cls)
        if known.__qualname__ != cls.__qualname__:
            raise EventDeclaredTwice(f"{cls.__qualname__} and {known.__qualname__} both declare {cls.event_type}.")

    def subject(self) -> str:
        """Return what the event is about, as `kind/id`."""
        raise NotImplementedError(f"{type(self).__name__} must say its subject.")

    def partition_key(self) -> str:
        """Return the aggregate that the event belongs to; its subject unless the event says otherwise."""
        return self.subject()

    def sequence_number(self) -> int | None:
        """Return the place of the event within its aggregate, where the aggregate numbers its events."""
        return None

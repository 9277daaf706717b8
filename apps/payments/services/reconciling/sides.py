"""What all comparisons of one kind of object have in common."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Protocol, TypeVar
from uuid import UUID

from apps.payments.ports import ObjectKind, PaymentProvider
from apps.payments.services.reconciling.report import Finding

PAGE = 100
S = TypeVar("S")


class ProviderObject(Protocol):
    """Anything that the provider has."""

    @property
    def id(self) -> str:
        """The provider's."""


T = TypeVar("T", bound=ProviderObject)


class Side(Protocol[T]):
    """How one kind of the provider's objects is compared with our rows."""

    kind: ObjectKind

    def theirs(self, provider: PaymentProvider, *, since: datetime) -> Iterator[T]:
        """Yield the provider's objects created since."""

    def one(self, provider: PaymentProvider, object_id: str) -> T:
        """Return one of them. Raises ProviderObjectUnknown."""

    def expected(self, *, since: datetime) -> Collection[str]:
        """Return the provider's ids of our rows that were made since, or that have not come to their end."""

    def compare(self, page: Sequence[T]) -> list[Finding]:
        """Return what differs, with a constant number of queries."""

    def apply(self, found: T) -> object:
        """Make true here what the provider has."""


def paged(objects: Iterable[S]) -> Iterator[list[S]]:
    """Yield objects in lists of a page at most."""
    left = iter(objects)
    while page := list(islice(left, PAGE)):
        yield page


def our_id(metadata: Mapping[str, str], name: str) -> UUID | None:
    """Return the id of ours that we gave the provider under a name, if it is one."""
    with suppress(ValueError):
        return UUID(metadata.get(name, ""))
    return None


def our_ids(many: Iterable[Mapping[str, str]], name: str) -> list[UUID]:
    """Return the ids of ours among what we gave the provider under a name."""
    return [known for metadata in many if (known := our_id(metadata, name)) is not None]


def amount_text(amount: Decimal, currency: str) -> str:
    """Return an amount as a difference names it."""
    return f"{amount.normalize():f} {currency}"

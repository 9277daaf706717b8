"""What people are asked to agree to, and what they answered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from apps.users.enums import ConsentKind
from apps.users.models import Consent, ConsentDocument

LONGEST_HISTORY = 20


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person answered to one kind of document: to the version in force, and before, newest first."""

    document: ConsentDocument
    history: list[Consent]

    @property
    def given_at(self) -> datetime | None:
        """When the version in force was agreed to; None for whoever does not agree to it now."""
        living = [answer for answer in self.history if answer.withdrawn_at is None]
        return next((answer.given_at for answer in living if answer.document_id == self.document.pk), None)

    @property
    def accepted(self) -> bool:
        """Whether the version in force is agreed to."""
        return self.given_at is not None


def consents_of(user_id: UUID) -> list[Answers]:
    """Return a person's answers for each kind that has a document, in two queries."""
    place = Window(RowNumber(), partition_by=F("document__kind"), order_by=F("id").desc())
    newest = Consent.objects.filter(user_id=user_id).annotate(place=place).filter(place__lte=LONGEST_HISTORY)
    history: dict[str, list[Consent]] = {}
    for answer in newest.select_related("document").order_by("-id"):
        history.setdefault(answer.document.kind, []).append(answer)
    return [Answers(document=one, history=history.get(one.kind, [])) for one in documents_in_force()]


def documents_in_force() -> list[ConsentDocument]:
    """Return the newest document of each kind, in the order of the kinds."""
    newest = ConsentDocument.objects.order_by("kind", "-published_at", "-id").distinct("kind")
    return sorted(newest, key=lambda document: ConsentKind.values.index(document.kind))


def document_in_force(kind: ConsentKind) -> ConsentDocument | None:
    """Return the newest document of a kind."""
    return ConsentDocument.objects.filter(kind=kind).order_by("-published_at", "-id").first()

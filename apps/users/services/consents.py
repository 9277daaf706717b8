"""Give consent and withdraw it, and publish what people are asked to agree to."""

from uuid import UUID

from django.db import transaction

from apps.kernel.audit import record_entry
from apps.kernel.clock import now
from apps.users.apps import DATABASE
from apps.users.enums import ConsentKind
from apps.users.errors import NothingToAgreeTo, VersionNotInForce
from apps.users.models import Consent
from apps.users.selectors import document_in_force
from apps.users.services.people import locked_person


def give_consent(user_id: UUID, *, kind: ConsentKind, version: str) -> None:
    """Note that a person agrees to the version in force. Harmless when repeated.

    Raises NothingToAgreeTo, VersionNotInForce or UnknownPerson.
    """
    with transaction.atomic(using=DATABASE):
        locked_person(user_id)
        document = document_in_force(kind)
        if document is None:
            raise NothingToAgreeTo(kind=kind.label)
        if document.version != version:
            raise VersionNotInForce(kind=kind.label, version=version, in_force=document.version)
        _, new = Consent.objects.get_or_create(user_id=user_id, document=document, withdrawn_at=None)
        if new:
            _tell("given", kind, user_id, versions=[version])


def withdraw_consent(user_id: UUID, *, kind: ConsentKind) -> None:
    """Note that a person agrees to no version of a kind any more. Harmless when repeated. Raises UnknownPerson."""
    with transaction.atomic(using=DATABASE):
        locked_person(user_id)
        living = Consent.objects.filter(user_id=user_id, document__kind=kind, withdrawn_at=None)
        versions = list(living.order_by("id").values_list("document__version", flat=True))
        if versions:
            living.update(withdrawn_at=now())
            _tell("withdrawn", kind, user_id, versions=versions)


def _tell(deed: str, kind: ConsentKind, user_id: UUID, *, versions: list[str]) -> None:
    record_entry(
        action=f"consent.{deed}",
        using=DATABASE,
        object=f"consent/{kind.value}",
        subject=user_id,
        after={"versions": versions},
    )

"""Keep keys of venues, replace and delete them. What opens a venue goes in here and is never told to anybody."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.kernel.audit import record_entry
from apps.kernel.clock import now
from apps.trading.apps import DATABASE
from apps.trading.errors import CredentialExists, PassphraseMissing, PassphraseNotWanted, UnknownCredential
from apps.trading.models import VenueCredential
from apps.trading.rules.venues import WITH_PASSPHRASE
from apps.trading.selectors import credentials_without_secrets
from apps.trading.services.limits import refuse_without_live

HINT_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Secrets:
    """What opens a venue; it does not show when it is printed."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str | None = field(default=None, repr=False)


def keep_credential(user_id: UUID, *, venue: str, label: str, secrets: Secrets) -> UUID:
    """Keep a key of a person and return the id under which it is known.

    Raises NotInPlan, CredentialExists, PassphraseMissing or PassphraseNotWanted.
    """
    refuse_without_live(user_id)
    _refuse_wrong_passphrase(venue, secrets)
    credential = VenueCredential(user_id=user_id, venue=venue, label=label, **_columns(secrets))
    with transaction.atomic(using=DATABASE):
        _save_once(credential, force_insert=True)
        _tell("kept", credential)
    return credential.pk


def rename_credential(credential_id: UUID, *, label: str) -> None:
    """Give a credential another label. Raises CredentialExists or UnknownCredential."""
    with transaction.atomic(using=DATABASE):
        credential = _locked(credential_id)
        if credential.label != label:
            credential.label = label
            _save_once(credential, update_fields=["label"])
            _tell("renamed", credential)


def replace_secrets(credential_id: UUID, *, secrets: Secrets) -> None:
    """Put other secrets in the place of those that are kept.

    Raises NotInPlan, PassphraseMissing, PassphraseNotWanted or UnknownCredential.
    """
    columns = {**_columns(secrets), "replaced_at": now()}
    with transaction.atomic(using=DATABASE):
        credential = _locked(credential_id)
        refuse_without_live(credential.user_id)
        _refuse_wrong_passphrase(credential.venue, secrets)
        for name, value in columns.items():
            setattr(credential, name, value)
        credential.save(update_fields=list(columns))
        _tell("replaced", credential)


def delete_credential(credential_id: UUID) -> None:
    """Delete a credential with its secrets. Harmless when repeated."""
    with transaction.atomic(using=DATABASE):
        credential = credentials_without_secrets().select_for_update().filter(pk=credential_id).first()
        if credential is not None:
            _tell("deleted", credential)
            credential.delete()


def _locked(credential_id: UUID) -> VenueCredential:
    credential = credentials_without_secrets().select_for_update().filter(pk=credential_id).first()
    if credential is None:
        raise UnknownCredential()
    return credential


def _save_once(credential: VenueCredential, **how: Any) -> None:
    try:
        with transaction.atomic(using=DATABASE):
            credential.save(**how)
    except IntegrityError as error:
        raise CredentialExists(venue=credential.venue, label=credential.label) from error


def _columns(secrets: Secrets) -> dict[str, Any]:
    return {
        "key": secrets.key,
        "secret": secrets.secret,
        "passphrase": secrets.passphrase,
        "key_hint": secrets.key[-HINT_LENGTH:],
    }


def _refuse_wrong_passphrase(venue: str, secrets: Secrets) -> None:
    if venue in WITH_PASSPHRASE and secrets.passphrase is None:
        raise PassphraseMissing(venue=venue)
    if venue not in WITH_PASSPHRASE and secrets.passphrase is not None:
        raise PassphraseNotWanted(venue=venue)


def _tell(deed: str, credential: VenueCredential) -> None:
    record_entry(
        action=f"venue_credential.{deed}",
        using=DATABASE,
        object=f"venue_credential/{credential.pk}",
        subject=credential.user_id,
        after={"venue": credential.venue},
        personal={"label": credential.label, "key_hint": credential.key_hint},
    )

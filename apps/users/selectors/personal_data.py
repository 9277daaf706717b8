"""What the users context keeps about a person."""

from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry

from apps.kernel.personal import Records, Table, told
from apps.kernel.persons import AUDIT_FILE, entries_about
from apps.users.apps import DATABASE
from apps.users.models import Activity, ApiKey, Consent, Export, Mail, Standing, TokenFamily, User

OPENS_SESSION = "Whoever has it can act in the session."

TABLES = (
    Table(
        file="profile",
        model=User,
        owner="pk",
        columns=(
            "id", "email", "name", "locale", "time_zone", "base_currency", "is_active", "is_staff", "is_superuser",
            "created_at", "last_login", "erased_at",
        ),
        withheld={"password": "Only a hash of it is kept, with which it could be guessed."},
    ),
    Table(file="email_addresses", model=EmailAddress, owner="user_id", columns=("email", "verified", "primary")),
    Table(
        file="second_factors",
        model=Authenticator,
        owner="user_id",
        columns=("type", "created_at", "last_used_at"),
        withheld={"data": "It holds the secret that codes are made from."},
    ),
    Table(
        file="sessions",
        model=UserSession,
        owner="user_id",
        columns=("created_at", "last_seen_at", "ip", "user_agent"),
        withheld={"session_key": OPENS_SESSION, "data": "It holds nothing."},
    ),
    Table(
        file="tokens",
        model=TokenFamily,
        owner="user_id",
        columns=("id", "created_at", "refreshed_at", "expires_at", "revoked_at", "revoked_for"),
        withheld={"session_key": OPENS_SESSION, "refresh_id": OPENS_SESSION},
    ),
    Table(
        file="standing",
        model=Standing,
        owner="user_id",
        columns=(
            "plan", "status", "features", "valid_until", "current_period_end", "cancel_at_period_end", "version",
            "changed_at",
        ),
        withheld={"payments_version": "It counts what our parts have told one another."},
    ),
    Table(
        file="consents",
        model=Consent,
        owner="user_id",
        columns=("document__kind", "document__version", "document__title", "given_at", "withdrawn_at"),
    ),
    Table(file="activity", model=Activity, owner="user_id", columns=("kind", "source_id", "summary", "at"), by=("id",)),
    Table(
        file="api_keys",
        model=ApiKey,
        owner="user_id",
        columns=(
            "id", "name", "prefix", "scopes", "addresses", "created_at", "expires_at", "last_used_at", "revoked_at",
        ),
        withheld={"digest": "It stands for the key, which is shown once only."},
    ),
    Table(
        file="mails",
        model=Mail,
        owner="user_id",
        columns=("id", "kind", "notice", "address", "created_at", "expires_at"),
        withheld={"link": "It can be used to confirm an address or to set a password."},
    ),
    Table(
        file="exports",
        model=Export,
        owner="user_id",
        columns=("id", "status", "parts_done", "parts_total", "size", "requested_at", "ready_at", "expires_at"),
        withheld={
            "key": "It opens the archive.",
            "attempts": "It says how our processes fared.",
            "leased_until": "It says how our processes fared.",
        },
    ),
    Table(
        file="admin_log",
        model=LogEntry,
        owner="user_id",
        columns=("action_time", "content_type__model", "object_id", "action_flag"),
        by=("id",),
        withheld={"object_repr": "It may name other people.", "change_message": "It may name other people."},
    ),
)  # fmt: skip


def personal_data(user_id: UUID) -> Records:
    """Yield the files of a person."""
    yield from told(TABLES, user_id=user_id)
    yield AUDIT_FILE, entries_about(user_id, using=DATABASE)

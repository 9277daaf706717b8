"""What education can tell."""

from uuid import UUID

from apps.education.apps import DATABASE
from apps.education.models import Entitlement
from apps.kernel.personal import Records
from apps.kernel.persons import AUDIT_FILE, entries_about


def personal_data(user_id: UUID) -> Records:
    """Yield the files of a person: what they may learn, and the audit log."""
    yield "entitlement", Entitlement.objects.filter(pk=user_id).values("tier", "valid_until", "standing_version")
    yield AUDIT_FILE, entries_about(user_id, using=DATABASE)

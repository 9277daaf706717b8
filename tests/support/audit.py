"""The audit log as tests read it."""

from django.db import connections

from apps.kernel.audit.models import AuditEntry
from apps.kernel.audit.subject_keys import open_personal


def entries(using: str = "default", **wanted: object) -> list[AuditEntry]:
    """Return entries in their order, opened; also those of a test's transaction, which is never committed."""
    if connections[using].in_atomic_block:
        connections[using].check_constraints()
    found = list(AuditEntry.objects.using(using).filter(**wanted).order_by("sequence"))
    open_personal(found, using=using)
    return found

"""What the kernel itself keeps about people, in each context's database: told to them, and forgotten with them."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q

from apps.kernel.audit import forget
from apps.kernel.audit.models import AuditEntry
from apps.kernel.audit.subject_keys import open_personal
from apps.kernel.idempotency.models import KeptAnswer
from apps.kernel.personal import Row

AUDIT_FILE = "audit"
ENTRIES_PER_PAGE = 1_000

_TOLD = ("sequence", "at", "actor", "action", "object", "before", "after", "correlation_id")


def entries_about(user_id: UUID, *, using: str) -> Iterator[Row]:
    """Yield the entries of a database's audit log that are about a person, with what is personal in them."""
    about = Q(subject=user_id) | Q(subject=None, actor=f"user:{user_id}")
    entries = AuditEntry.objects.using(using).filter(about).order_by("pk")
    page = list(entries[:ENTRIES_PER_PAGE])
    while page:
        open_personal(page, using=using)
        yield from ({**{name: getattr(entry, name) for name in _TOLD}, "personal": entry.opened} for entry in page)
        page = list(entries.filter(pk__gt=page[-1].pk)[:ENTRIES_PER_PAGE])


def forget_person(user_id: UUID, *, using: str) -> None:
    """Destroy the person's key of the audit log and the answers kept for repeated requests. Harmless when repeated."""
    forget(user_id, using=using)
    KeptAnswer.objects.using(using).filter(principal=f"user:{user_id}").delete()

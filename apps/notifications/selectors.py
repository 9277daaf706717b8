"""What the notifications context can be asked."""

from uuid import UUID

from apps.kernel.personal import Records, Table, told
from apps.kernel.persons import AUDIT_FILE, entries_about
from apps.notifications.apps import DATABASE
from apps.notifications.models import Notification, ToldPlan

PERSONAL_TABLES = (
    Table(
        file="notifications",
        model=Notification,
        owner="user_id",
        columns=("id", "kind", "subject_id", "title", "body", "data", "correlation_id", "created_at", "read_at"),
        by=("id",),
        withheld={"batch_id": "It says which notifications our processes made together."},
    ),
    Table(
        file="told_plan",
        model=ToldPlan,
        owner="user_id",
        columns=("plan",),
        withheld={"version": "It counts what our parts have told one another."},
    ),
)


def unread_count(user_id: UUID) -> int:
    """Return how many notifications a person has not read."""
    return Notification.objects.filter(user_id=user_id, read_at=None).count()


def personal_data(user_id: UUID) -> Records:
    """Yield the files of a person."""
    yield from told(PERSONAL_TABLES, user_id=user_id)
    yield AUDIT_FILE, entries_about(user_id, using=DATABASE)

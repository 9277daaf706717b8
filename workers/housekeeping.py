"""Tasks that keep the house in order: messages that were forgotten, rows that are history."""

from django.conf import settings

from apps.kernel.audit import verifying
from apps.kernel.audit.witnesses import witness_all
from apps.kernel.bus import dead_letters
from apps.kernel.inbox.handling import sweep
from apps.kernel.retention import prune
from workers.app import app


@app.task(name="core.sweep_inboxes")
def sweep_inboxes() -> None:
    """Dispatch again what nobody has handled."""
    for alias in settings.DATABASES:
        sweep(using=alias)


@app.task(name="core.prune")
def prune_tables() -> None:
    """Delete published, handled and claimed rows that are history."""
    for alias in settings.DATABASES:
        prune(using=alias, days=settings.TREUM_BUS_KEEP_DAYS)


@app.task(name=dead_letters.REPLAY_TASK)
def replay_dead_letters(ids: list[int], actor: str) -> None:
    """Send the next dead letters of a large replay on their way."""
    dead_letters.replay(ids, actor=actor)


@app.task(name="core.witness_audit_logs")
def witness_audit_logs() -> None:
    """Let each database know where the audit log of another ends."""
    witness_all()


@app.task(name="core.audit_verify")
def verify_audit_logs() -> None:
    """Have every audit log checked."""
    verifying.ask_for_verification()


@app.task(name=verifying.VERIFY_TASK)
def verify_audit_log(database: str) -> None:
    """Check one audit log; a broken one is a dead letter."""
    verifying.demand_soundness(database)

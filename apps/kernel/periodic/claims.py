"""Take a periodic run, or learn that somebody has taken it."""

from datetime import datetime

from apps.kernel.periodic.models import PeriodicRun


def claim(task: str, *, slot: datetime) -> bool:
    """Return True for the first to ask for this task and slot, False for everyone after.

    The claim is committed before the work: a run that dies is not repeated in its slot, the next slot does its work.
    """
    _, created = PeriodicRun.objects.get_or_create(task=task, slot=slot)
    return created

"""Which periodic runs have been taken, so that two schedulers do the work of one."""

from django.db import models

from apps.kernel.clock import ClockTimestamp


class PeriodicRun(models.Model):
    """One run of a periodic task, named by the moment it was due."""

    task = models.CharField(max_length=128)
    slot = models.DateTimeField()
    taken_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        db_table = "periodic_run"
        constraints = [models.UniqueConstraint(fields=["task", "slot"], name="periodic_run_once")]
        indexes = [models.Index(fields=["taken_at"], name="periodic_run_taken_at")]

    def __str__(self) -> str:
        return f"{self.task} {self.slot:%Y-%m-%d %H:%M:%S}"

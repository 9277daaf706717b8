"""A replay: a market clock that releases stored bars, as fast as its signals are carried out or by the second."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.signals.enums import Pace, ReplayState
from apps.signals.models.market import Series
from apps.signals.models.strategy import Strategy


class Replay(models.Model):
    """The clock stands at the last released bar; `position` is the number of bars released."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="replays")
    strategies = models.ManyToManyField(Strategy, related_name="replays")
    pace = models.CharField(max_length=8, choices=Pace.choices, default=Pace.PIPELINE)
    bars_per_second = models.FloatField(null=True, blank=True)
    limit = models.PositiveIntegerField(null=True, blank=True, help_text="Release only the first so many bars.")
    state = models.CharField(max_length=8, choices=ReplayState.choices, default=ReplayState.RUNNING)
    clock = models.DateTimeField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    waiting_for = ArrayField(models.UUIDField(), default=list, blank=True)
    advanced_at = models.DateTimeField(null=True, blank=True, help_text="Wall time up to which bars were paced.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state"], name="replay_unfinished", condition=~Q(state=ReplayState.FINISHED)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(pace=Pace.TIMED) | Q(bars_per_second__gt=0), name="replay_timed_has_a_pace"
            ),
            models.CheckConstraint(
                condition=Q(state=ReplayState.WAITING, waiting_for__len__gt=0)
                | (~Q(state=ReplayState.WAITING) & Q(waiting_for=[])),
                name="replay_waits_for_something",
            ),
        ]

    def __str__(self) -> str:
        return f"replay {self.pk} of {self.series} ({self.state}, {self.position} bars)"

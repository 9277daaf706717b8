"""How people stand with us."""

from django.db import models
from django.db.models.functions import Now

from apps.users.enums import StandingStatus
from apps.users.models.people import User


class Standing(models.Model):
    """How a person stands: the plan, and the features that everything else gates on.

    `version` grows by one with each change. `payments_version` is that of the newest statement of payments that is in
    it, or 0.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    version = models.PositiveIntegerField()
    payments_version = models.PositiveBigIntegerField(default=0, db_default=0)
    plan = models.CharField(max_length=64)
    status = models.CharField(max_length=24, choices=StandingStatus)
    features = models.JSONField()
    valid_until = models.DateTimeField(null=True)
    current_period_end = models.DateTimeField(null=True)
    cancel_at_period_end = models.BooleanField(default=False, db_default=False)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "users_standing"
        constraints = [models.CheckConstraint(condition=models.Q(version__gt=0), name="standing_version_positive")]

    def __str__(self) -> str:
        return f"{self.plan} {self.status} v{self.version}"

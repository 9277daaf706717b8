"""How people stand with us."""

from django.db import models
from django.db.models.functions import Now

from apps.users.enums import StandingStatus
from apps.users.models.people import User


class Standing(models.Model):
    """How a person stands: the plan, and the features that everything else gates on. Versions grow by one."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    version = models.PositiveIntegerField()
    plan = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=StandingStatus)
    features = models.JSONField()
    valid_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "users_standing"
        constraints = [models.CheckConstraint(condition=models.Q(version__gt=0), name="standing_version_positive")]

    def __str__(self) -> str:
        return f"{self.plan} {self.status} v{self.version}"

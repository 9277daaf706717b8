"""What people agreed to, in which version, and when."""

from django.db import models

from apps.kernel.clock import ClockTimestamp
from apps.users.enums import ConsentKind
from apps.users.models.people import User


class ConsentDocument(models.Model):
    """A published version of what people are asked to agree to. The newest of a kind is the one in force."""

    kind = models.CharField(max_length=32, choices=ConsentKind)
    version = models.CharField(max_length=32)
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    published_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        db_table = "users_consent_document"
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="consent_document_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Consent(models.Model):
    """One answer of one person to one version: given, and perhaps withdrawn later. Giving it again is a new row."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    document = models.ForeignKey(ConsentDocument, on_delete=models.PROTECT, related_name="consents")
    given_at = models.DateTimeField(db_default=ClockTimestamp())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "users_consent"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "document"], condition=models.Q(withdrawn_at=None), name="consent_in_force_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} to {self.document_id}"

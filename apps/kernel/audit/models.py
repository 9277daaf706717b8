"""The audit log as Django reads it. Its tables are made by SQL (migration 0001) with rules that refuse any change.

They are unmanaged, so that Django neither alters nor flushes them. Entries are written by `entries` alone.
"""

from typing import Any

from django.db import models

from apps.kernel.crypto.fields import SealedTextField


class AuditEntry(models.Model):
    """One deed. Sequence, previous hash and hash are given by the database when the transaction commits."""

    id = models.BigAutoField(primary_key=True)
    sequence = models.BigIntegerField(unique=True, null=True, help_text="Without gaps in each database.")
    at = models.DateTimeField()
    actor = models.CharField(max_length=128, help_text="user:<id>, service:<name>, operator:<name> or anonymous.")
    subject = models.UUIDField(null=True, help_text="The person whom it is about.")
    action = models.CharField(max_length=64)
    object = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    correlation_id = models.CharField(max_length=64)
    personal = models.TextField(help_text="Sealed with the key of the person whom it is about.")
    previous_hash = models.CharField(max_length=64, null=True)  # noqa: DJ001 - not chained yet
    hash = models.CharField(max_length=64, null=True)  # noqa: DJ001 - not chained yet

    opened: dict[str, Any] | None = None
    """What is personal, once `subject_keys.open_personal` was asked for it; None when that is erased."""

    class Meta:
        db_table = "audit_entry"
        managed = False
        ordering = ("-sequence",)
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"


class AuditHead(models.Model):
    """The end of the chain: one row, locked by whoever commits entries."""

    id = models.SmallIntegerField(primary_key=True)
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_head"
        managed = False

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"


class AuditWitness(models.Model):
    """What the head of another database was at some moment."""

    id = models.BigAutoField(primary_key=True)
    database = models.CharField(max_length=64)
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "audit_witness"
        verbose_name_plural = "audit witnesses"
        managed = False

    def __str__(self) -> str:
        return f"{self.database} {self.sequence}"


class AuditSubjectKey(models.Model):
    """The key that seals what is personal in the entries about one person; without a key the person is forgotten."""

    subject = models.UUIDField(primary_key=True)
    key = SealedTextField(null=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_subject_key"
        managed = False

    def __str__(self) -> str:
        return str(self.subject)

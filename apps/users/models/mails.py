"""Mails that the users context asks for; sending them is the notifications context's."""

from django.db import models

from apps.kernel.clock import ClockTimestamp
from apps.kernel.crypto.fields import SealedTextField
from apps.kernel.ids import uuid7
from apps.users.enums import MailKind
from apps.users.models.people import User


class Mail(models.Model):
    """What is to be said to one address. The address and the one-time token are sealed, and cleared once it is sent.

    `user` is null for an address that nobody here has; `link` is an address of the frontend with the token in it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="mails")
    kind = models.CharField(max_length=40, choices=MailKind)
    notice = models.CharField(max_length=40, blank=True, default="", db_default="", help_text="Which security notice.")
    address = SealedTextField()
    link = SealedTextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "users_mail"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

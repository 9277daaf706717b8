"""The effect that is counted: one row for each event."""

from django.db import models


class Note(models.Model):
    """A fill that somebody was told of, by the id of the event that told it."""

    event_id = models.UUIDField(primary_key=True)
    account_id = models.BigIntegerField()
    symbol = models.TextField()
    notional = models.DecimalField(max_digits=28, decimal_places=8)

    class Meta:
        db_table = "tally_note"

    def __str__(self) -> str:
        return f"{self.symbol} {self.notional} on account {self.account_id}"

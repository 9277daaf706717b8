"""Accounts, transactions, entries, cached balances and holds. Rules stand in the database (migration 0002)."""

from django.db import models
from django.db.models.functions import Now

AMOUNT_DIGITS = 38
AMOUNT_PLACES = 8


class AmountField(models.DecimalField):  # type: ignore[type-arg] # takes no parameter at run time
    """An amount at BOOK_SCALE."""

    def __init__(self, *args: object, **options: object) -> None:
        options["max_digits"] = AMOUNT_DIGITS
        options["decimal_places"] = AMOUNT_PLACES
        super().__init__(*args, **options)  # type: ignore[arg-type]


class LedgerAccount(models.Model):
    """A place where amounts of one currency are kept: a customer's cash, a house's fees."""

    kind = models.TextField()
    owner = models.TextField()
    currency = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "currency"], name="ledger_account_once"),
            models.UniqueConstraint(fields=["id", "currency"], name="ledger_account_currency"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.kind} {self.currency}"


class LedgerBalance(models.Model):
    """The cached sum of a customer's cash account. House accounts have none: it would be one hot row."""

    account = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    balance = AmountField(default=0)
    held = AmountField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(balance__gte=models.F("held")), name="ledger_available_not_negative"
            ),
            models.CheckConstraint(condition=models.Q(held__gte=0), name="ledger_held_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.balance} ({self.held} held)"


class LedgerTransaction(models.Model):
    """One movement of money. The key makes posting it twice harmless; the hash tells a repeat from another body."""

    idempotency_key = models.TextField(unique=True, db_collation="C")
    kind = models.TextField()
    body_hash = models.TextField()
    occurred_at = models.DateTimeField()
    posted_at = models.DateTimeField(db_default=Now())
    # Unique where it is set (below), and nothing to index for the many that reverse nothing.
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reverses"], condition=models.Q(reverses__isnull=False), name="ledger_reversed_once"
            )
        ]

    def __str__(self) -> str:
        return self.idempotency_key


class LedgerEntry(models.Model):
    """What one transaction adds to one account. Entries are never changed; together they sum to zero per currency."""

    pk = models.CompositePrimaryKey("transaction_id", "account_id")
    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries", db_index=False)
    # The foreign key on (account, currency) in migration 0002 also proves that the currency is the account's.
    account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    currency = models.TextField()
    amount = AmountField()

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [models.CheckConstraint(condition=~models.Q(amount=0), name="ledger_entry_moves_something")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class HoldState(models.TextChoices):
    """A hold is pending until it ends in exactly one of the other three."""

    PENDING = "pending"
    POSTED = "posted"
    VOID = "void"
    EXPIRED = "expired"


class LedgerHold(models.Model):
    """Cash set aside for something that may still happen."""

    key = models.TextField(unique=True, db_collation="C")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="holds")
    amount = AmountField()
    state = models.TextField(choices=HoldState.choices, default=HoldState.PENDING)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="ledger_hold_positive"),
            models.CheckConstraint(condition=models.Q(state__in=HoldState.values), name="ledger_hold_state"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.amount} {self.state}"

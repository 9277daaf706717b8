"""Transfer the merchant's balance to their bank."""

from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum

from apps.payments.adapters.sandbox.happenings import DATABASE, happened, new_id
from apps.payments.adapters.sandbox.models import Movement, Payout


def pay_out() -> list[Payout]:
    """Pay out what has come together in each currency since the last time, and return the payouts."""
    with transaction.atomic(using=DATABASE):
        left = Movement.objects.select_for_update().filter(payout=None).order_by("pk")
        ids = list(left.values_list("pk", flat=True))
        due = Movement.objects.filter(pk__in=ids).values_list("currency").annotate(due=Sum(F("amount") - F("fee")))
        return [_pay(ids, currency, amount) for currency, amount in due.order_by("currency")]


def _pay(ids: list[str], currency: str, amount: Decimal) -> Payout:
    payout = Payout.objects.create(id=new_id("po"), amount=amount, currency=currency, status="paid")
    Movement.objects.filter(pk__in=ids, currency=currency).update(payout=payout)
    happened("payout.paid", "payout", payout.pk)
    return payout

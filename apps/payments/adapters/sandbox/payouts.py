"""Transfer the merchant's balance to their bank."""

from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum

from apps.payments.adapters.sandbox.apps import is_open
from apps.payments.adapters.sandbox.bodies import body_of_payout
from apps.payments.adapters.sandbox.happenings import DATABASE, happened, new_id
from apps.payments.adapters.sandbox.models import Movement, Payout
from apps.payments.adapters.sandbox.money import placed


def pay_out() -> list[Payout]:
    """Pay out what has come together in each currency since the last time, and return the payouts.

    What is negative, because more went back than came in, waits for what comes in next.
    """
    if not is_open():
        return []
    with transaction.atomic(using=DATABASE):
        left = Movement.objects.select_for_update().filter(payout=None).order_by("pk")
        ids = list(left.values_list("pk", flat=True))
        sums = Movement.objects.filter(pk__in=ids).values_list("currency").annotate(due=Sum(F("amount") - F("fee")))
        return [_pay(ids, currency, amount) for currency, amount in sums.filter(due__gt=0).order_by("currency")]


def _pay(ids: list[str], currency: str, amount: Decimal) -> Payout:
    payout = Payout.objects.create(id=new_id("po"), amount=placed(amount, currency), currency=currency, status="paid")
    Movement.objects.filter(pk__in=ids, currency=currency).update(payout=payout)
    happened("payout.paid", body_of_payout(payout))
    return payout

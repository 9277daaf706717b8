"""Make a letter of what a person was told on their screens, from the facts that were stored with it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.kernel.money import written
from apps.notifications.letters.wording import language_for
from apps.notifications.models import Notification
from apps.notifications.money_wording import plan_name
from apps.notifications.ports import Letter, Reader

OF_USE = timedelta(days=3)
"""A mail about money that could not be sent for longer would tell of a state that is past."""

_MOMENTS = ("next_attempt_at", "trial_end")
_PLANS = ("plan", "ended")
_AS_THEY_ARE = ("invoice_number", "attempt")


def letter_of(notification: Notification, reader: Reader) -> Letter:
    """Return a notification as a letter to its reader."""
    return Letter(
        kind=notification.kind,
        notice=notification.data["variant"],
        locale=reader.locale,
        time_zone=reader.time_zone,
        ordered_at=notification.created_at,
        expires_at=notification.created_at + OF_USE,
        address=reader.address,
        name=reader.name,
        link=notification.data["link"],
        facts=_facts(notification.data, reader),
    )


def _facts(data: Mapping[str, Any], reader: Reader) -> dict[str, str | datetime]:
    facts: dict[str, str | datetime] = {name: str(data[name]) for name in _AS_THEY_ARE if name in data}
    facts |= {name: plan_name(data[name]) for name in _PLANS if name in data}
    facts |= {name: datetime.fromisoformat(data[name]) for name in _MOMENTS if data.get(name)}
    if "amount" in data:
        facts["money"] = written(Decimal(data["amount"]), data["currency"])
    if "reason" in data:
        facts["reason"] = language_for(reader.locale).reason(data["reason"])
    return facts

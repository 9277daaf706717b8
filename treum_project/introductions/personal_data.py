"""Whom the users context asks for what is kept about a person: every context that keeps something."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from apps.education.selectors import personal_data as education
from apps.kernel.personal import Records
from apps.notifications.selectors import personal_data as notifications
from apps.payments.selectors.personal_data import personal_data as payments
from apps.signals.selectors import personal_data as signals
from apps.trading.selectors.personal_data import personal_data as trading
from apps.users.ports import PersonalData
from apps.users.selectors.personal_data import personal_data as users


@dataclass(frozen=True, slots=True)
class ContextData:
    """A context's selector behind the port of users."""

    name: str
    records: Callable[[UUID], Records]


CONTEXTS: tuple[PersonalData, ...] = (
    ContextData("users", users),
    ContextData("payments", payments),
    ContextData("education", education),
    ContextData("signals", signals),
    ContextData("trading", trading),
    ContextData("notifications", notifications),
)

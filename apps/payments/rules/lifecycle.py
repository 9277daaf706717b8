"""Which status of a subscription may follow which, and which of them entitle. The database keeps the same table.

Source: Stripe, "How subscriptions work", the eight statuses and their meaning.
"""

from collections.abc import Mapping

from apps.payments.enums import SubscriptionStatus as S

TRANSITIONS: Mapping[S, frozenset[S]] = {
    S.INCOMPLETE: frozenset({S.TRIALING, S.ACTIVE, S.INCOMPLETE_EXPIRED}),
    S.INCOMPLETE_EXPIRED: frozenset(),
    S.TRIALING: frozenset({S.ACTIVE, S.PAST_DUE, S.CANCELED, S.PAUSED}),
    S.ACTIVE: frozenset({S.PAST_DUE, S.CANCELED, S.PAUSED, S.UNPAID}),
    S.PAST_DUE: frozenset({S.ACTIVE, S.CANCELED, S.UNPAID}),
    S.UNPAID: frozenset({S.ACTIVE, S.CANCELED}),
    S.PAUSED: frozenset({S.ACTIVE, S.CANCELED}),
    S.CANCELED: frozenset(),
}
ENTITLING = frozenset({S.TRIALING, S.ACTIVE, S.PAST_DUE})
"""Past due entitles for the days of grace; when they are over the subscription ends."""
OVER = frozenset({S.CANCELED, S.INCOMPLETE_EXPIRED})


def may_become(before: S, after: S) -> bool:
    """Return whether a subscription may go from one status to another."""
    return after in TRANSITIONS[before]

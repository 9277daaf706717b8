"""The words of the payments context. Statuses are Stripe's, so that habits fit."""

from django.db.models import TextChoices


class Interval(TextChoices):
    """How long a period is."""

    MONTH = "month"
    YEAR = "year"


class FeatureKind(TextChoices):
    """What values a feature takes."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    TEXT = "text"


class TaxBehavior(TextChoices):
    """Whether prices hold the tax already."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


class SubscriptionStatus(TextChoices):
    """How a subscription stands. Which may follow which stands in rules/lifecycle.py."""

    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
    UNPAID = "unpaid"
    PAUSED = "paused"


class InvoiceStatus(TextChoices):
    """How an invoice stands."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class BillingReason(TextChoices):
    """Why an invoice was made."""

    SUBSCRIPTION_CREATE = "subscription_create"
    SUBSCRIPTION_CYCLE = "subscription_cycle"
    SUBSCRIPTION_UPDATE = "subscription_update"


class LineKind(TextChoices):
    """What a line of an invoice is for."""

    PERIOD = "period", "a whole period"
    UNUSED_TIME = "unused_time", "credit for what is left of a period"
    REMAINING_TIME = "remaining_time", "charge for what is left of a period"


class PaymentStatus(TextChoices):
    """How an attempt to collect money stands."""

    PENDING = "pending", "not yet asked for at the provider"
    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    UNRESOLVED = "unresolved", "the provider's answer was lost; it is being asked"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class RefundStatus(TextChoices):
    """How a refund stands."""

    AWAITING_APPROVAL = "awaiting_approval", "above the limit: a second member of staff decides"
    DECLINED = "declined", "the second member of staff said no"
    PENDING = "pending"
    UNRESOLVED = "unresolved", "the provider's answer was lost; it is being asked"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class RefundReason(TextChoices):
    """Why money goes back."""

    REQUESTED_BY_CUSTOMER = "requested_by_customer"
    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"
    NOT_EXPECTED = "not_expected", "paid for something that had ended"


class TrialMark(TextChoices):
    """By what a person is known again who had a trial before."""

    USER = "user"
    EMAIL = "email"
    CARD = "card"


class NoticeStatus(TextChoices):
    """How far a webhook is."""

    RECEIVED = "received"
    HANDLED = "handled"
    IGNORED = "ignored"
    FAILED = "failed"


class DifferenceKind(TextChoices):
    """What the reconciler finds."""

    MISSING_HERE = "missing_here", "the provider has it, we do not know it"
    MISSING_THERE = "missing_there", "we have it, the provider does not know it"
    STATUS = "status", "it stands differently here and there"
    AMOUNT = "amount", "amount or currency differ"
    FEE = "fee", "the fee differs"
    UNHANDLED_NOTICE = "unhandled_notice", "a webhook that we never got, or never handled"

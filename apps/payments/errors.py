"""What the payments context refuses, and what it runs into, in sentences."""

from apps.kernel.errors import Conflict, Forbidden, Malformed, NotFound, Refused, Unavailable


class ProviderUnavailable(Unavailable):
    """The payment provider cannot be reached; nothing was done. Try again later."""


class ProviderAmbiguous(Unavailable):
    """The payment provider did not say whether it did {what}; it is being asked before anything is repeated."""


class ProviderRefused(Refused):
    """The payment provider refuses this: {reason}."""


class ProviderObjectUnknown(NotFound):
    """The payment provider knows no {kind} {object_id}."""


class IntentDiffers(Refused):
    """The provider's {intent} is for {theirs}, our payment for {ours}; somebody has to look at it."""


class PayerUnknown(Refused):
    """The person behind customer {customer} is not known any more; nothing can be collected from them."""


class CheckoutUnknown(NotFound):
    """There is no such checkout, or it is over; start again from your subscription."""


class SignatureInvalid(Malformed):
    """The signature of this webhook is not ours: if its body is unchanged, give us its endpoint's secret."""


class SignatureStale(Malformed):
    """This webhook was signed {seconds} seconds ago; more than {tolerance} are not accepted, so set the clocks."""


class WrongMode(Refused):
    """This webhook is of {theirs} mode, and we run in {ours} mode: send it elsewhere, or set a key of that mode."""


class WrongAccount(Refused):
    """This webhook is for the account {theirs}, which is not ours: send its webhooks elsewhere, or set that account."""


class NoticeUnreadable(Malformed):
    """This webhook cannot be read: {reason}."""


class PriceUnknown(NotFound):
    """There is no price {price} on sale; GET /api/v1/plans lists those that are."""


class CountryMissing(Refused):
    """Say the country you live in as `country`, two letters (ISO 3166-1): the tax depends on it."""


class AlreadySubscribed(Conflict):
    """You have a subscription already; change that one."""


class CreditNoteUnknown(NotFound):
    """There is no such credit note of this invoice."""


class SubscriptionUnknown(NotFound):
    """You have no such subscription."""


class InvoiceUnknown(NotFound):
    """You have no such invoice."""


class PaymentUnknown(NotFound):
    """There is no such payment."""


class RefundUnknown(NotFound):
    """There is no such refund."""


class PaymentMethodUnknown(NotFound):
    """You have no such payment method."""


class PaymentMethodInUse(Conflict):
    """Your subscription is paid with this card; add another one and make it the default first."""


class TransitionRefused(Conflict):
    """A subscription that is {before} cannot become {after}."""


class NotChangeable(Conflict):
    """A subscription that is {status} cannot be changed; start a new one."""


class PastDue(Conflict):
    """Your subscription is past due: pay {invoice} (POST /api/v1/invoices/{id}/pay) or add another card, then change
    it; or cancel it at once, and start a new one."""


class InvoiceUnpaid(Conflict):
    """{invoice} of your subscription is still being paid; change it when that is done."""


class RenewalUnderWay(Conflict):
    """Your subscription is being renewed right now; change it in a minute."""


class PaymentUnderWay(Conflict):
    """This invoice is being collected right now; look again in a minute."""


class InvoiceNotOpen(Conflict):
    """Only an open invoice can be paid; this one is {status}."""


class SamePrice(Refused):
    """Your subscription has this price already."""


class OtherCurrency(Refused):
    """Your subscription is billed in {ours}; this price is in {theirs}. Cancel it and start a new one instead."""


class TrialUsed(Refused):
    """A trial is for once, and you, your address or your card had one before. Subscribe without `trial`."""


class NoTrial(Refused):
    """The plan {plan} has no trial."""


class NothingToPay(Refused):
    """The amount must be more than zero."""


class AmountTooFine(Refused):
    """An amount in {currency} has {places} decimal places at most."""


class RefundTooLarge(Refused):
    """At most {left} {currency} of this payment are left to refund."""


class CurrencyWrong(Refused):
    """This payment was made in {ours}, not in {theirs}."""


class NotRefundable(Conflict):
    """Only a payment that succeeded can be refunded; this one is {status}."""


class PermissionMissing(Forbidden):
    """Your account lacks the permission {permission}; an administrator can grant it."""


class SecondPersonNeeded(Forbidden):
    """A refund above {limit} {currency} is approved by another member of staff than the one who asked for it."""


class NotAwaitingApproval(Conflict):
    """This refund is {status} and does not wait for anyone's approval."""


class ClockFixed(Refused):
    """The billing clock can be moved with the sandbox only; {provider} keeps real time."""


class ReconciliationUnderWay(Conflict):
    """A reconciliation is under way; what it finds will stand in its report. Try again when it has ended."""

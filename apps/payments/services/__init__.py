"""What the payments context does."""

from apps.payments.services.books.payouts import apply_payout
from apps.payments.services.books.recognising import recognise, recognise_past_days
from apps.payments.services.catalogue import seed_catalogue
from apps.payments.services.checkouts import card_link, checkout_link, invoice_link, page_behind
from apps.payments.services.clock import advance_clock, billing_now
from apps.payments.services.collecting.asking import abandon_payment, ask_provider, resolve_payments
from apps.payments.services.collecting.methods import detach_method, forget_method, prefer_method
from apps.payments.services.customers import customer_of, move_to, welcome
from apps.payments.services.erasure import erase_people
from apps.payments.services.noticing import handle_notice, handle_notices, receive_notice
from apps.payments.services.reconciling import reconcile, reconcile_lately
from apps.payments.services.refunds.refunding import decide_refund, request_refund
from apps.payments.services.refunds.returning import ask_refund, resolve_refunds
from apps.payments.services.restating import forget_plans, note_catalogue_edit, note_features_edit, restate_plan
from apps.payments.services.retrying import pay_invoice, retry_due
from apps.payments.services.setups import abandon_setup, ask_setup
from apps.payments.services.subscriptions.changing import cancel_subscription, change_subscription, resume_subscription
from apps.payments.services.subscriptions.renewing import run_due
from apps.payments.services.subscriptions.subscribing import start_subscription
from apps.payments.services.subscriptions.trials import apply_setup

__all__ = [
    "abandon_payment",
    "abandon_setup",
    "advance_clock",
    "apply_payout",
    "apply_setup",
    "ask_provider",
    "ask_refund",
    "ask_setup",
    "billing_now",
    "cancel_subscription",
    "card_link",
    "change_subscription",
    "checkout_link",
    "customer_of",
    "decide_refund",
    "detach_method",
    "erase_people",
    "forget_method",
    "forget_plans",
    "handle_notice",
    "handle_notices",
    "invoice_link",
    "move_to",
    "note_catalogue_edit",
    "note_features_edit",
    "page_behind",
    "pay_invoice",
    "prefer_method",
    "receive_notice",
    "recognise",
    "recognise_past_days",
    "reconcile",
    "reconcile_lately",
    "request_refund",
    "resolve_payments",
    "resolve_refunds",
    "restate_plan",
    "resume_subscription",
    "retry_due",
    "run_due",
    "seed_catalogue",
    "start_subscription",
    "welcome",
]

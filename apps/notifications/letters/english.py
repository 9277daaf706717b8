"""Mails in English."""

from apps.notifications.letters.words import Language, Words

_NOT_YOU = "If this was not you, you need not do anything: without this link nothing happens."
_IGNORE = "If this was not you, you need not do anything."
_WAS_IT_YOU = (
    "If it was you, all is well. If it was not, choose a new password at once: it ends every session of your account."
)


def _notice(subject: str, what: str) -> Words:
    happened = f"{what} That was on {{moment}}."
    return Words(subject=subject, paragraphs=(happened, _WAS_IT_YOU), button="Choose a new password")


ENGLISH = Language(
    tag="en",
    date="d MMMM y, HH:mm (zzzz)",
    greeting="Hello,",
    greeting_by_name="Hello {name},",
    letters={
        "confirm_sign_up": Words(
            subject="Confirm your address",
            paragraphs=("Welcome to TREUM. Confirm that this address is yours, and you can log in.",),
            button="Confirm my address",
            below=("The link works for one day.", _NOT_YOU),
        ),
        "confirm_address": Words(
            subject="Confirm your new address",
            paragraphs=("Somebody, hopefully you, added this address to a TREUM account.",),
            button="Confirm this address",
            below=("The link works for one day.", _NOT_YOU),
        ),
        "account_exists": Words(
            subject="You already have an account",
            paragraphs=(
                "Somebody, hopefully you, tried to sign up with this address, which has an account already.",
                "If you have forgotten your password, choose a new one.",
            ),
            button="Choose a new password",
            below=(_IGNORE,),
        ),
        "reset_password": Words(
            subject="Choose a new password",
            paragraphs=("Somebody, hopefully you, asked for a new password for the account with this address.",),
            button="Choose a new password",
            below=("The link works for one hour, and once. A new password ends every session.", _NOT_YOU),
        ),
        "unknown_account": Words(
            subject="There is no account with this address",
            paragraphs=(
                "Somebody, hopefully you, asked for a new password, but no account has this address.",
                "Perhaps you signed up with another one.",
            ),
            button="Sign up",
            below=(_IGNORE,),
        ),
        "security_notice": _notice(
            "A change of your account", "Something about the security of your account was changed."
        ),
        "security_notice.password_changed": _notice(
            "Your password was changed", "The password of your account was changed."
        ),
        "security_notice.password_set": _notice("A password was set", "Your account was given a password."),
        "security_notice.password_reset": _notice("Your password was reset", "The password of your account was reset."),
        "security_notice.email_changed": Words(
            subject="Your address was changed",
            paragraphs=(
                "Your account was given another address, where all further mails go. That was on {moment}.",
                "If it was not you, act at once: log in, change the address back and choose a new password.",
                "If you cannot log in any more, ask our support: this address no longer opens the account.",
            ),
        ),
        "security_notice.email_confirm": _notice(
            "An address was confirmed", "An address of your account was confirmed."
        ),
        "security_notice.email_deleted": _notice("An address was removed", "An address was removed from your account."),
        "security_notice.totp_activated": _notice(
            "Your second factor is on", "Logging in now takes a code of your authenticator app as well."
        ),
        "security_notice.totp_deactivated": _notice(
            "Your second factor is off", "Logging in now takes your password alone."
        ),
        "security_notice.recovery_codes_generated": _notice(
            "New recovery codes", "New recovery codes were made for your account; the old ones no longer work."
        ),
        "payment.completed": Words(
            subject="Your payment",
            paragraphs=("Thank you. We received {money} for invoice {invoice_number}.",),
            button="See the invoice",
        ),
        "payment.failed": Words(
            subject="Your payment failed",
            paragraphs=(
                "Attempt {attempt} to collect {money} for invoice {invoice_number} failed: {reason}.",
                "We try again on {next_attempt_at}. You need not wait for it: pay, or change your card, now.",
            ),
            button="See to the payment",
            below=("If it is not paid in time, your plan ends.",),
        ),
        "payment.failed.last": Words(
            subject="Your payment failed",
            paragraphs=(
                "Attempt {attempt} to collect {money} for invoice {invoice_number} failed: {reason}.",
                "We do not try again by ourselves. Pay, or add another card, to keep your plan.",
            ),
            button="See to the payment",
        ),
        "payment.action_required": Words(
            subject="Please confirm your payment",
            paragraphs=(
                "{money} for invoice {invoice_number} cannot be collected without you.",
                "Confirm the payment with your bank, or pay with another card.",
            ),
            button="Confirm the payment",
            below=("If it is not paid in time, your plan ends.",),
        ),
        "payment.refunded": Words(
            subject="Your refund",
            paragraphs=("We sent {money} back to what you paid with. Your bank may need some days.",),
            button="See your invoices",
        ),
        "subscription.trial_will_end": Words(
            subject="Your trial ends soon",
            paragraphs=(
                "Your trial of {plan} ends on {trial_end}. From then on it is paid for: {money}.",
                "If you do not want that, cancel before.",
            ),
            button="See to your plan",
        ),
        "plan.ended": Words(
            subject="Your plan has ended",
            paragraphs=(
                "Your plan {ended} has ended, and you are on {plan} now.",
                "Exits that protect your open positions go on. You can choose a plan again at any time.",
            ),
            button="Choose a plan",
        ),
    },
    reasons={
        "": "your bank declined it",
        "insufficient_funds": "there was not enough money",
        "expired_card": "the card has expired",
        "authentication_failed": "your bank could not make sure that it was you",
        "authentication_required": "your bank wants you to confirm it",
    },
)

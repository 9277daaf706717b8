"""Mails in English."""

from collections.abc import Mapping

from apps.notifications.letters.words import Words

_NOT_YOU = "If this was not you, you need not do anything: without this link nothing happens."
_CHANGE_IT = "If this was not you, choose a new password at once: it ends every session of your account."


def _notice(subject: str, what: str) -> Words:
    return Words(subject=subject, paragraphs=(what,), below=(_CHANGE_IT,))


WORDS: Mapping[str, Words] = {
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
        below=("If this was not you, you need not do anything.",),
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
        below=("If this was not you, you need not do anything.",),
    ),
    "security_notice": _notice("A change of your account", "Something about the security of your account changed."),
    "security_notice.password_changed": _notice(
        "Your password was changed", "The password of your account was changed."
    ),
    "security_notice.password_set": _notice("A password was set", "Your account now has a password."),
    "security_notice.password_reset": _notice("Your password was reset", "The password of your account was reset."),
    "security_notice.email_changed": _notice(
        "Your address was changed", "Your account now has another address, where all further mails go."
    ),
    "security_notice.email_confirm": _notice("An address was confirmed", "An address of your account was confirmed."),
    "security_notice.email_deleted": _notice("An address was removed", "An address was removed from your account."),
    "security_notice.totp_activated": _notice(
        "Your second factor is on", "From now on, logging in takes a code of your authenticator app."
    ),
    "security_notice.totp_deactivated": _notice(
        "Your second factor is off", "From now on, logging in takes your password alone."
    ),
    "security_notice.recovery_codes_generated": _notice(
        "New recovery codes", "New recovery codes were made for your account; the old ones no longer work."
    ),
}

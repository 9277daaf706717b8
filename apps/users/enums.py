"""The few words that a person's standing is told in."""

from django.db.models import TextChoices


class StandingStatus(TextChoices):
    """How a person's subscription stands, or that they have none; what they may use is said by the features alone."""

    NONE = "none"
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
    UNPAID = "unpaid"
    PAUSED = "paused"


class MailKind(TextChoices):
    """What a mail says; the wording is the notifications context's."""

    CONFIRM_SIGN_UP = "confirm_sign_up", "confirm the address of a new account"
    CONFIRM_ADDRESS = "confirm_address", "confirm an address that was added"
    ACCOUNT_EXISTS = "account_exists", "someone signed up with an address that has an account"
    RESET_PASSWORD = "reset_password", "choose a new password"
    UNKNOWN_ACCOUNT = "unknown_account", "a reset was asked for, but this address has no account"
    SECURITY_NOTICE = "security_notice", "something about the security of the account changed"


class AuthAction(TextChoices):
    """What the audit log says about credentials and sessions."""

    LOGIN = "auth.login", "logged in"
    LOGIN_FAILED = "auth.login_failed", "a wrong password was given for an address"
    SECOND_FACTOR_FAILED = "auth.second_factor_failed", "a wrong code was given"
    LOGOUT = "auth.logout", "logged out"
    SESSIONS_ENDED = "auth.sessions_ended", "sessions and their tokens were ended"
    TOKEN_REUSED = "auth.refresh_token_reused", "a refresh token came a second time"
    PASSWORD_CHANGED = "auth.password_changed", "the password was changed"
    EMAIL_CONFIRMED = "auth.email_confirmed", "the first address was confirmed"
    EMAIL_CHANGED = "auth.email_changed", "the address was changed"
    SECOND_FACTOR_ADDED = "auth.second_factor_added", "a second factor was added"
    SECOND_FACTOR_REMOVED = "auth.second_factor_removed", "a second factor was removed"


class ConsentKind(TextChoices):
    """What people can agree to."""

    TERMS = "terms", "terms of service"
    PRIVACY = "privacy", "privacy policy"
    RISK = "risk", "risk disclosure"
    MARKETING = "marketing", "news by e-mail"


class ActivityKind(TextChoices):
    """What people do that is remembered for them."""

    SIGN_UP = "sign_up", "signed up"
    LOGIN = "login", "logged in"
    FOLLOW = "follow", "followed a strategy"
    UNFOLLOW = "unfollow", "stopped following a strategy"
    PURCHASE = "purchase", "bought a plan"
    COURSE = "course", "completed a course"


class ExportStatus(TextChoices):
    """How far an archive is."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"

"""Who may do what, and how often: a line for each method of each route. What has no line here is refused.

Routes go by their Django names. Keys (`X-API-Key`) are accepted where a line names a scope. A POST that moves money or
places or changes orders demands an Idempotency-Key, every other POST of a user accepts one.
"""

from apps.kernel.gateway.policy import Idempotency, Policy, RateClass, Rule, Who
from apps.kernel.gateway.scopes import Scope

USERS, PAYMENTS, SIGNALS, TRADING, NOTIFICATIONS = "default", "payments", "signals", "trading", "notifications"


def reads(scope: Scope | None, *, who: Who = Who.USER) -> Rule:
    """Someone reads what is theirs, or what is everyone's."""
    return Rule(who=who, rate=RateClass.READ, scope=scope)


def changes(scope: Scope | None, *, step_up: bool = False) -> Rule:
    """A PUT, PATCH or DELETE: harmless when repeated, by its nature."""
    return Rule(who=Who.USER, rate=RateClass.WRITE, scope=scope, step_up=step_up)


def posts(scope: Scope | None, *, database: str, step_up: bool = False) -> Rule:
    """A POST whose repetition is harmless with an Idempotency-Key, if one is sent."""
    return Rule(
        who=Who.USER,
        rate=RateClass.WRITE,
        scope=scope,
        step_up=step_up,
        idempotency=Idempotency.ACCEPTED,
        database=database,
    )


def orders(scope: Scope | None, *, database: str) -> Rule:
    """A POST that moves money, or places or changes an order: only with an Idempotency-Key."""
    return Rule(who=Who.USER, rate=RateClass.ORDERS, scope=scope, idempotency=Idempotency.REQUIRED, database=database)


def staff_orders(*, database: str) -> Rule:
    """Staff move money: after a step-up, and only with an Idempotency-Key."""
    return Rule(who=Who.STAFF, rate=RateClass.ORDERS, step_up=True, idempotency=Idempotency.REQUIRED, database=database)


def guarded(rate: RateClass, *, atomic: bool = False, even_pace: bool = False) -> Rule:
    """allauth asks for credentials by itself. What changes something is one transaction of the users' database."""
    return Rule(who=Who.GUARDED, rate=rate, database=USERS if atomic else None, atomic=atomic, even_pace=even_pace)


PUBLIC = Rule(who=Who.PUBLIC, rate=RateClass.PUBLIC)
HEALTH = Rule(who=Who.PUBLIC, rate=RateClass.HEALTH)
PAGE = Rule(who=Who.GUARDED, rate=RateClass.PAGES)
WEBHOOK_BYTES = 256 * 1024
WEBHOOK = Rule(who=Who.GUARDED, rate=RateClass.WEBHOOKS, body_bytes=WEBHOOK_BYTES)
CLOSED = Rule(who=Who.NOBODY, rate=RateClass.PUBLIC)

LOOKS = guarded(RateClass.READ)
PROVES = guarded(RateClass.AUTH, atomic=True)
TELLS_NOBODY = guarded(RateClass.AUTH, atomic=True, even_pace=True)
MANAGES = guarded(RateClass.WRITE, atomic=True)

POLICY: Policy = {
    # Signing up, logging in, and what belongs to it
    "headless:app:config": {"GET": PUBLIC},
    "headless:app:account:signup": {"POST": TELLS_NOBODY},
    "headless:app:account:login": {"POST": TELLS_NOBODY},
    "headless:app:account:current_session": {"GET": LOOKS, "DELETE": MANAGES},
    "headless:app:account:reauthenticate": {"POST": PROVES},
    "headless:app:account:request_password_reset": {"POST": TELLS_NOBODY},
    "headless:app:account:reset_password": {"GET": guarded(RateClass.AUTH), "POST": PROVES},
    "headless:app:account:verify_email": {"GET": guarded(RateClass.AUTH), "POST": PROVES},
    "headless:app:account:change_password": {"POST": PROVES},
    "headless:app:account:manage_email": {
        "GET": LOOKS,
        "POST": MANAGES,
        "PUT": MANAGES,
        "PATCH": MANAGES,
        "DELETE": MANAGES,
    },
    "headless:app:mfa:authenticate": {"POST": PROVES},
    "headless:app:mfa:reauthenticate": {"POST": PROVES},
    "headless:app:mfa:authenticators": {"GET": LOOKS},
    # allauth makes the secret, or the codes, when they are first looked at.
    "headless:app:mfa:manage_totp": {"GET": MANAGES, "POST": PROVES, "DELETE": MANAGES},
    "headless:app:mfa:manage_recovery_codes": {"GET": MANAGES, "POST": MANAGES},
    "headless:app:usersessions:sessions": {"GET": MANAGES, "DELETE": MANAGES},
    "headless:app:tokens:refresh": {"POST": MANAGES},
    "headless:app:account:confirm_login_code": {"POST": CLOSED},
    "headless:app:account:resend_email_verification_code": {"POST": CLOSED},
    "headless:app:account:verify_phone": {"POST": CLOSED},
    "headless:app:account:resend_phone_verification_code": {"POST": CLOSED},
    "headless:app:account:manage_phone": {"GET": CLOSED, "POST": CLOSED},
    "auth-keys": {"GET": PUBLIC},
    # The caller
    "me": {"GET": reads(Scope.ACCOUNT_READ), "PATCH": changes(None)},
    "activity-list": {"GET": reads(None)},
    "me-consents": {"GET": reads(None)},
    "me-consent": {"PUT": changes(None), "DELETE": changes(None)},
    "api-key-list": {"GET": reads(None), "POST": posts(None, database=USERS, step_up=True)},
    "api-key-detail": {"GET": reads(None), "DELETE": changes(None)},
    "export-list": {"GET": reads(None), "POST": posts(None, database=USERS)},
    "export-detail": {"GET": reads(None)},
    "export-archive": {"GET": reads(None)},
    "erasure": {"POST": posts(None, database=USERS, step_up=True)},
    # Signals
    "signal-list": {"GET": reads(Scope.SIGNALS_READ)},
    "signal-detail": {"GET": reads(Scope.SIGNALS_READ)},
    "instrument-list": {"GET": reads(Scope.SIGNALS_READ)},
    "instrument-detail": {"GET": reads(Scope.SIGNALS_READ)},
    "candle-list": {"GET": reads(Scope.SIGNALS_READ)},
    "strategy-list": {"GET": reads(Scope.SIGNALS_READ)},
    "strategy-detail": {"GET": reads(Scope.SIGNALS_READ)},
    # Trading
    "account-list": {"GET": reads(Scope.TRADING_READ), "POST": orders(None, database=TRADING)},
    "account-detail": {"GET": reads(Scope.TRADING_READ)},
    "account-portfolio-history": {"GET": reads(Scope.TRADING_READ)},
    "account-kill-switch": {"PUT": changes(Scope.TRADING_WRITE)},
    "follow-list": {"GET": reads(Scope.TRADING_READ), "POST": posts(Scope.TRADING_WRITE, database=TRADING)},
    "follow-detail": {"GET": reads(Scope.TRADING_READ), "PUT": changes(Scope.TRADING_WRITE)},
    "follow-pause": {"POST": posts(Scope.TRADING_WRITE, database=TRADING)},
    "follow-resume": {"POST": posts(Scope.TRADING_WRITE, database=TRADING)},
    "follow-end": {"POST": posts(Scope.TRADING_WRITE, database=TRADING)},
    "order-list": {"GET": reads(Scope.TRADING_READ)},
    "order-detail": {"GET": reads(Scope.TRADING_READ)},
    "order-cancel": {"POST": orders(Scope.TRADING_WRITE, database=TRADING)},
    "venue-credential-list": {"GET": reads(None), "POST": posts(None, database=TRADING, step_up=True)},
    "venue-credential-detail": {
        "GET": reads(None),
        "PATCH": changes(None, step_up=True),
        "PUT": changes(None, step_up=True),
        "DELETE": changes(None, step_up=True),
    },
    "fill-list": {"GET": reads(Scope.TRADING_READ)},
    "position-list": {"GET": reads(Scope.TRADING_READ)},
    "decision-list": {"GET": reads(Scope.TRADING_READ)},
    # Payments
    "plan-list": {"GET": PUBLIC},
    "plan-detail": {"GET": PUBLIC},
    "subscription-list": {"GET": reads(None), "POST": orders(None, database=PAYMENTS)},
    "subscription-detail": {"GET": reads(None)},
    "subscription-change": {"POST": orders(None, database=PAYMENTS)},
    "subscription-cancel": {"POST": posts(None, database=PAYMENTS)},
    "subscription-resume": {"POST": posts(None, database=PAYMENTS)},
    "invoice-list": {"GET": reads(None)},
    "invoice-detail": {"GET": reads(None)},
    "invoice-pdf": {"GET": reads(None)},
    "invoice-credit-note": {"GET": reads(None)},
    "invoice-pay": {"POST": orders(None, database=PAYMENTS)},
    "payment-list": {"GET": reads(None)},
    "payment-detail": {"GET": reads(None)},
    "payment-method-list": {"GET": reads(None), "POST": posts(None, database=PAYMENTS)},
    "payment-method-detail": {"GET": reads(None), "DELETE": changes(None)},
    "payment-method-default": {"POST": posts(None, database=PAYMENTS)},
    "billing": {"GET": reads(None), "PATCH": changes(None)},
    "refund-list": {"GET": reads(None, who=Who.STAFF), "POST": staff_orders(database=PAYMENTS)},
    "refund-detail": {"GET": reads(None, who=Who.STAFF)},
    "refund-approve": {"POST": staff_orders(database=PAYMENTS)},
    "refund-decline": {"POST": staff_orders(database=PAYMENTS)},
    "report-revenue": {"GET": reads(None, who=Who.STAFF)},
    "report-revenue-csv": {"GET": reads(None, who=Who.STAFF)},
    "report-recurring": {"GET": reads(None, who=Who.STAFF)},
    "report-recurring-csv": {"GET": reads(None, who=Who.STAFF)},
    "report-trial-balance": {"GET": reads(None, who=Who.STAFF)},
    "report-trial-balance-csv": {"GET": reads(None, who=Who.STAFF)},
    "report-entry-list": {"GET": reads(None, who=Who.STAFF)},
    "report-paying-list": {"GET": reads(None, who=Who.STAFF)},
    # The link is signed, and good for one checkout.
    "checkout": {"GET": PAGE},
    "sandbox-checkout": {"GET": PAGE, "POST": PAGE},
    # Where a frontend is configured there is nothing at these.
    "stand-in-home": {"GET": PAGE},
    "stand-in-billing": {"GET": PAGE},
    "stand-in-verify-email": {"GET": PAGE},
    "stand-in-forgot-password": {"GET": PAGE},
    "stand-in-reset-password": {"GET": PAGE},
    "stand-in-sign-up": {"GET": PAGE},
    # Notifications
    "notification-list": {"GET": reads(Scope.NOTIFICATIONS_READ)},
    "notification-detail": {"GET": reads(Scope.NOTIFICATIONS_READ)},
    "notification-unread-count": {"GET": reads(Scope.NOTIFICATIONS_READ)},
    "notification-mark-one": {"POST": posts(Scope.NOTIFICATIONS_WRITE, database=NOTIFICATIONS)},
    "notification-mark-many": {"POST": posts(Scope.NOTIFICATIONS_WRITE, database=NOTIFICATIONS)},
    "notification-mark-all": {"POST": posts(Scope.NOTIFICATIONS_WRITE, database=NOTIFICATIONS)},
    "stream-tickets": {"POST": posts(Scope.NOTIFICATIONS_READ, database=NOTIFICATIONS)},
    "stream": {"GET": guarded(RateClass.PUBLIC)},
    # Payments
    "payments-webhooks": {"POST": WEBHOOK},
    # Pages and processes
    "schema": {"GET": PUBLIC},
    "docs": {"GET": PUBLIC},
    "health-live": {"GET": HEALTH},
    "health-ready": {"GET": HEALTH},
    "admin:*": {"GET": PAGE, "POST": PAGE},
}

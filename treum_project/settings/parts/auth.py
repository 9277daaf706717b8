"""Who logs in and how: django-allauth's headless API, our own tokens on top of it, and the secrets of both."""

from treum_project.env import env, needed_list
from treum_project.settings.parts.payments import TREUM_PUBLIC_URL

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["apps.users.backends.GuardedBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/admin/login/"

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 24 * 3600

TREUM_FRONTEND_URL = env.str("TREUM_FRONTEND_URL", default="").rstrip("/") or TREUM_PUBLIC_URL
"""Where the frontend stands; links in mails and checkouts lead there. Without one, pages of our own stand in for it."""

ACCOUNT_ADAPTER = "apps.users.adapters.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# A stolen token alone must not move an account to another address.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = env.int("TREUM_STEP_UP_SECONDS", default=300)
# Codes of a second factor, for each person. Its other limits are off: they need the cache's locks, so that without
# Redis nobody could log in. The gateway limits addresses, the backend passwords, and ordering a mail limits mails.
_LIMITED_ELSEWHERE = (
    *("login", "reauthenticate", "signup", "manage_email", "confirm_email"),
    *("change_password", "reset_password", "reset_password_from_key"),
)
ACCOUNT_RATE_LIMITS: dict[str, str | None] = {
    **dict.fromkeys(_LIMITED_ELSEWHERE),
    "login_failed": f"{env.int('TREUM_CODE_TRIES', default=10)}/300s/key",
}
PASSWORD_RESET_TIMEOUT = 3600

USERSESSIONS_ADAPTER = "apps.users.adapters.sessions.SessionsAdapter"
MFA_ADAPTER = "apps.users.adapters.mfa.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "TREUM"

HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "apps.users.adapters.tokens.FamilyTokens"  # noqa: S105 - the path of a class
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": f"{TREUM_FRONTEND_URL}/verify-email/{{key}}",
    "account_reset_password": f"{TREUM_FRONTEND_URL}/reset-password",
    "account_reset_password_from_key": f"{TREUM_FRONTEND_URL}/reset-password/{{key}}",
    "account_signup": f"{TREUM_FRONTEND_URL}/sign-up",
}

JWT_SECRETS = needed_list("JWT_SECRET")
"""Seeds of the Ed25519 key pairs of tokens: the first signs, all of them verify. Each has 32 characters at least."""
ENCRYPTION_KEYS = needed_list("ENCRYPTION_KEY")
"""What secrets at rest are sealed with: the first seals, all of them open. Each has 32 characters at least."""
TREUM_SEALED_ELSEWHERE = ["apps.users.adapters.mfa.reseal_second_factors"]
"""What seals anew that which is sealed in no column of its own, when the key is rotated."""

TREUM_JWT_ISSUER = env.str("TREUM_JWT_ISSUER", default="treum")
TREUM_JWT_AUDIENCE = env.str("TREUM_JWT_AUDIENCE", default="treum-api")
TREUM_JWT_ACCESS_SECONDS = env.int("TREUM_JWT_ACCESS_SECONDS", default=900)
TREUM_JWT_REFRESH_SECONDS = env.int("TREUM_JWT_REFRESH_SECONDS", default=14 * 24 * 3600)

TREUM_LOGIN_TRIES_PER_ADDRESS = env.int("TREUM_LOGIN_TRIES_PER_ADDRESS", default=50)
TREUM_LOGIN_TRIES_PER_EMAIL = env.int("TREUM_LOGIN_TRIES_PER_EMAIL", default=10)
TREUM_LOGIN_TRIES_SECONDS = env.int("TREUM_LOGIN_TRIES_SECONDS", default=300)
"""How many passwords are looked at, from one client and for one account, in so many seconds."""
TREUM_MAILS_PER_HOUR = env.int("TREUM_MAILS_PER_HOUR", default=10)
"""How many account mails one address gets in an hour, whoever asks for them."""

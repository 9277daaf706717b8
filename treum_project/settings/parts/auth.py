"""Who logs in and how: e-mail and password, and for the API an opaque token."""

from treum_project.env import env

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
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

TREUM_TOKEN_DAYS = env.int("TREUM_TOKEN_DAYS", default=30)
TREUM_TOKEN_TRIES_PER_ADDRESS = env.int("TREUM_TOKEN_TRIES_PER_ADDRESS", default=30)
TREUM_TOKEN_TRIES_PER_EMAIL = env.int("TREUM_TOKEN_TRIES_PER_EMAIL", default=10)
TREUM_TOKEN_TRIES_SECONDS = env.int("TREUM_TOKEN_TRIES_SECONDS", default=300)

"""Production: every secret is named in the environment, or the boot stops with the name that is missing."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from treum_project.env import env, needed, needed_list
from treum_project.secrets import refuse_weak
from treum_project.settings.base import *  # noqa: F403 - settings are a flat namespace by Django's design
from treum_project.settings.base import ENCRYPTION_KEYS, JWT_SECRETS, TREUM_TRUSTED_PROXIES

DEBUG = False
SECRET_KEY = needed("DJANGO_SECRET_KEY")
refuse_weak({"DJANGO_SECRET_KEY": [SECRET_KEY], "JWT_SECRET": JWT_SECRETS, "ENCRYPTION_KEY": ENCRYPTION_KEYS})

for _name in ("TREUM_PUBLIC_URL", "TREUM_FRONTEND_URL", "EMAIL_URL", "TREUM_MAIL_FROM", "TREUM_PAYMENTS_PROVIDER"):
    needed(_name)
if TREUM_PAYMENTS_PROVIDER == "sandbox":  # noqa: F405
    raise ImproperlyConfigured("TREUM_PAYMENTS_PROVIDER is the sandbox, which takes no real money; name a provider.")
if not STRIPE_LIVEMODE:  # noqa: F405
    raise ImproperlyConfigured("STRIPE_SECRET_KEY is a test key, which takes no real money; production needs sk_live_.")
if STRIPE_API_BASE != "https://api.stripe.com":  # noqa: F405
    raise ImproperlyConfigured("STRIPE_API_BASE is not Stripe's own address; production sends its key nowhere else.")

ALLOWED_HOSTS = needed_list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
_frontend = urlsplit(TREUM_FRONTEND_URL)  # noqa: F405
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[f"{_frontend.scheme}://{_frontend.netloc}"])
CORS_ALLOWED_ORIGIN_REGEXES = env.list("CORS_ALLOWED_ORIGIN_REGEXES", default=[])

# Without a proxy of ours in front, anybody could send this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TREUM_TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

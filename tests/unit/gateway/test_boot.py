"""Production boots with a full environment only, and says by name what is missing."""

import os
import subprocess
import sys

import pytest

from treum_project.env import ROOT

FULL = {
    "PATH": os.environ["PATH"],
    "DJANGO_SETTINGS_MODULE": "treum_project.settings.production",
    "DJANGO_SECRET_KEY": "d4" * 15 + "a-secret-of-fifty-characters",
    "JWT_SECRET": "j" * 40,
    "ENCRYPTION_KEY": "e" * 40,
    "DATABASE_URL": "postgres://treum:secret@127.0.0.1:1/treum_users",
    "RABBITMQ_URL": "amqp://treum:secret@127.0.0.1:1//",
    "REDIS_URL": "redis://:secret@127.0.0.1:1/0",
    "ALLOWED_HOSTS": "treum.example",
    "TREUM_PUBLIC_URL": "https://api.treum.example",
    "TREUM_FRONTEND_URL": "https://app.treum.example/start",
    "EMAIL_URL": "smtp+tls://treum:secret@mail.example:587",
    "TREUM_MAIL_FROM": "TREUM <no-reply@treum.example>",
    "TREUM_PAYMENTS_PROVIDER": "stripe",
    "STRIPE_SECRET_KEY": "sk_live_" + "k" * 40,
    "STRIPE_WEBHOOK_SECRET": "whsec_" + "w" * 32,
    "STRIPE_ACCOUNT": "acct_1Treum",
}
NEEDED = sorted(FULL.keys() - {"PATH", "DJANGO_SETTINGS_MODULE"})
BOOT = ("-c", "import django; django.setup()")


def run(environment, *command):
    return subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def last_words(environment):
    done = run(environment, *BOOT)
    assert done.returncode == 1, done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_the_deployment_check_finds_nothing():
    done = run(FULL, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", [None, " "], ids=["missing", "blank"])
def test_without_what_it_needs_the_boot_stops_with_its_name(name, value):
    environment = {key: text for key, text in FULL.items() if key != name}
    if value is not None:
        environment[name] = value
    assert last_words(environment) == (
        f"django.core.exceptions.ImproperlyConfigured: Set the {name} environment variable."
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param(
            {"TREUM_PAYMENTS_PROVIDER": "sandbox"}, "TREUM_PAYMENTS_PROVIDER is the sandbox", id="no real money"
        ),
        pytest.param({"TREUM_PAYMENTS_PROVIDER": "paypal"}, "is none of sandbox, stripe", id="an unknown provider"),
        pytest.param({"STRIPE_SECRET_KEY": "sk_test_" + "k" * 40}, "STRIPE_SECRET_KEY is a test key", id="a test key"),
        pytest.param(
            {"STRIPE_SECRET_KEY": "rk_test_" + "k" * 40}, "STRIPE_SECRET_KEY is a test key", id="a narrow one"
        ),
        pytest.param(
            {"STRIPE_SECRET_KEY": "pk_live_" + "k" * 40}, "STRIPE_SECRET_KEY is no secret key", id="a public key"
        ),
        pytest.param({"STRIPE_API_BASE": "https://stripe.example"}, "STRIPE_API_BASE is not Stripe's", id="not Stripe"),
        pytest.param({"JWT_SECRET": "j" * 31}, "JWT_SECRET is too short", id="a short secret"),
        pytest.param({"ENCRYPTION_KEY": "e" * 40 + ",short"}, "ENCRYPTION_KEY is too short", id="a short second one"),
        pytest.param({"DJANGO_SECRET_KEY": "short"}, "DJANGO_SECRET_KEY is too short", id="Django's own"),
        pytest.param(
            {"JWT_SECRET": "e" * 40}, "ENCRYPTION_KEY repeats a secret of JWT_SECRET", id="one secret, two purposes"
        ),
    ],
)
def test_a_secret_that_is_none_stops_the_boot_and_is_not_told(changed, sentence):
    words = last_words({**FULL, **changed})
    assert sentence in words
    assert not any(value in words for value in changed.values() if len(value) > 8)


def test_pages_elsewhere_may_not_call_unless_they_are_named():
    asked = "from django.conf import settings as s; print(s.CORS_ALLOWED_ORIGINS, s.CORS_ALLOWED_ORIGIN_REGEXES)"
    assert run(FULL, "-c", asked).stdout.strip() == "['https://app.treum.example'] []"


@pytest.mark.parametrize(("proxies", "believed"), [("0", "None"), ("1", "('HTTP_X_FORWARDED_PROTO', 'https')")])
def test_a_scheme_is_believed_behind_a_proxy_only(proxies, believed):
    asked = "from django.conf import settings; print(settings.SECURE_PROXY_SSL_HEADER)"
    assert run({**FULL, "TREUM_TRUSTED_PROXIES": proxies}, "-c", asked).stdout.strip() == believed


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"STRIPE_SECRET_KEY": "sk_live_" + "k" * 40}, "STRIPE_SECRET_KEY is a live key", id="a live key"),
        pytest.param({"STRIPE_SECRET_KEY": ""}, "Set the STRIPE_SECRET_KEY environment variable.", id="no key"),
        pytest.param(
            {"STRIPE_WEBHOOK_SECRET": ""}, "Set the STRIPE_WEBHOOK_SECRET environment variable.", id="unsigned"
        ),
        pytest.param({"STRIPE_ACCOUNT": ""}, "Set the STRIPE_ACCOUNT environment variable.", id="any account"),
    ],
)
def test_outside_production_real_money_stays_out_of_reach(changed, sentence):
    tried = {
        **FULL,
        "DJANGO_SETTINGS_MODULE": "treum_project.settings.local",
        "STRIPE_SECRET_KEY": "sk_test_" + "k" * 40,
    }
    words = last_words({**tried, **changed})
    assert sentence in words
    assert "k" * 40 not in words


@pytest.mark.parametrize(
    ("changed", "loaded"),
    [
        pytest.param({}, ["False", "stripe", "True"], id="stripe"),
        pytest.param(
            {"TREUM_PAYMENTS_PROVIDER": "sandbox", "DJANGO_SETTINGS_MODULE": "treum_project.settings.local"},
            ["False", "sandbox", "False"],
            id="sandbox",
        ),
    ],
)
def test_the_library_of_stripe_is_loaded_only_where_it_is_used(changed, loaded):
    asked = (
        "import sys, django; django.setup(); from apps.payments.provider import the_provider; "
        "import treum_project.urls, workers.app; before = 'stripe' in sys.modules; "
        "print(before, the_provider().name, 'stripe' in sys.modules)"
    )
    assert run({**FULL, **changed}, "-c", asked).stdout.split() == loaded

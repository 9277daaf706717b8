"""A Python client generated from the document signs up, logs in with a second factor, reads signals and follows."""

import importlib
import subprocess
import sys
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from apps.kernel.ids import uuid7
from apps.signals.services import advance_replay, load_candles, start_replay
from apps.trading import services as trading
from apps.trading.models import Follow
from apps.users.enums import MailKind
from apps.users.models import Mail, User
from tests.support.accounts import totp_code
from tests.support.candles import a_walk, write_candles
from tests.support.entitlements import may_see
from tests.support.in_process import connections_kept
from tests.support.market import entitle, new_strategy
from tests.support.people import PASSWORD, an_address
from treum_project.env import ROOT
from treum_project.wsgi import application

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "payments", "signals", "trading"])]

DOCUMENT = ROOT / "docs" / "openapi.yaml"
GENERATOR = Path(sys.executable).parent / "openapi-python-client"
SYMBOL = "WALK-USDT"


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Generate the client, and return a function that imports modules of it."""
    home = tmp_path_factory.mktemp("generated")
    command = [GENERATOR, "generate", "--path", DOCUMENT, "--output-path", home / "treum_client", "--meta", "none"]
    settings = home / "settings.yaml"
    files = ("application/zip", "application/pdf", "text/csv")
    overrides = "".join(f"  {kind}: application/octet-stream\n" for kind in files)
    settings.write_text(f"content_type_overrides:\n{overrides}")
    made = subprocess.run(
        [*command, "--config", settings, "--fail-on-warning"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(home))
    importlib.invalidate_caches()
    yield lambda name: import_module(f"treum_client.{name}")
    sys.path.remove(str(home))
    for name in [name for name in sys.modules if name.split(".")[0] == "treum_client"]:
        del sys.modules[name]


@pytest.fixture
def connect(package):
    """Return a function that makes clients of the web process, which runs inside the test and its transaction."""
    transport = httpx.WSGITransport(app=application, remote_addr=an_address())
    options = {"base_url": "http://testserver", "httpx_args": {"transport": transport}}
    client = package("client")

    def connected(*, session="", access=""):
        if session:
            return client.AuthenticatedClient(token=session, prefix="", auth_header_name="X-Session-Token", **options)
        return client.AuthenticatedClient(token=access, **options) if access else client.Client(**options)

    with connections_kept():
        yield connected


@pytest.fixture
def call(package):
    """Return a function that calls an operation and checks that its answer is one of those described."""

    def answer(operation, client, **given):
        tag, _, name = operation.rpartition(".")
        reply = package(f"api.{tag}.{name}").sync_detailed(client=client, **given)
        assert reply.parsed is not None, reply
        return int(reply.status_code), reply.parsed

    return answer


@pytest.fixture
def models(package):
    return package("models")


def sign_up(call, connect, models, email):
    """Make an account with a verified address."""
    status, asked = call(
        "authentication_account.auth_account_signup", connect(), body=models.AuthSignup(email=email, password=PASSWORD)
    )
    assert status == 401
    assert "verify_email" in {str(flow.id) for flow in asked.data.flows}
    mail = Mail.objects.get(kind=MailKind.CONFIRM_SIGN_UP)
    key = unquote(mail.link.rpartition("/")[2])
    call(
        "authentication_account.auth_account_verify_email_post",
        connect(session=asked.meta.session_token),
        body=models.AuthVerifyEmail(key=key),
    )


def log_in(call, connect, models, email):
    body = models.AuthLogin(email=email, password=PASSWORD)
    return call("authentication_account.auth_account_login", connect(), body=body)


def add_second_factor(call, connect, models, access):
    """Add an authenticator app and return its secret."""
    client = connect(access=access)
    proof = models.AuthReauthenticate(password=PASSWORD)
    assert call("authentication_account.auth_account_reauthenticate", client, body=proof)[0] == 200
    status, offered = call("account_2fa.auth_mfa_manage_totp_get", client)
    assert status == 404
    secret = offered.meta.secret
    code = models.AuthMfaManageTotpPostBody(code=totp_code(secret))
    assert call("account_2fa.auth_mfa_manage_totp_post", client, body=code)[0] == 200
    return secret


@pytest.fixture
def market(tmp_path):
    """Some signals on record."""
    load_candles(write_candles(tmp_path / "walk.csv", a_walk(200, seed=21)), symbol=SYMBOL, timeframe="1h")
    replay = start_replay(SYMBOL, timeframe="1h", strategies=["donchian_20_10"])
    advance_replay(replay.pk)


def test_the_generated_client_goes_all_the_way(call, connect, models, market):
    email = f"{uuid7()}@example.com"
    sign_up(call, connect, models, email)
    status, inside = log_in(call, connect, models, email)
    assert status == 200
    secret = add_second_factor(call, connect, models, inside.meta.access_token)

    status, pending = log_in(call, connect, models, email)
    assert status == 401
    code = models.AuthMFAAuthenticate(code=totp_code(secret))
    status, inside = call(
        "authentication_2fa.auth_mfa_authenticate", connect(session=pending.meta.session_token), body=code
    )
    assert status == 200
    client = connect(access=inside.meta.access_token)
    assert call("me.me_retrieve", client)[1].email == email

    person = may_see(User.objects.get(email=email))
    signals = call("signals.signals_list", client, symbol=SYMBOL)[1].results
    assert signals
    assert {signal.symbol for signal in signals} == {SYMBOL}
    assert call("signals.signals_retrieve", client, id=signals[0].id)[1].analysis == signals[0].analysis

    entitle(person.pk)
    (account,) = trading.open_accounts([trading.NewAccount(person.pk, "Paper", "USDT", Decimal(10_000))])
    strategy = new_strategy()
    trading.ensure_rosters({strategy: f"rule_{strategy}"})
    assert [one.id for one in call("accounts.accounts_list", client)[1].results] == [account]
    wanted = models.FollowCommandRequest.from_dict({"account_id": account, "strategy_id": strategy, "sizing": "all_in"})
    status, follow = call("follows.follows_create", client, body=wanted, idempotency_key=str(uuid7()))
    assert status == 201
    assert Follow.objects.get(pk=follow.id).account_id == account


def test_a_used_refresh_token_ends_the_session_of_the_generated_client(call, connect, models, market):
    email = f"{uuid7()}@example.com"
    sign_up(call, connect, models, email)
    inside = log_in(call, connect, models, email)[1]
    body = models.AuthTokensRefreshBody(refresh_token=inside.meta.refresh_token)
    status, renewed = call("tokens.auth_tokens_refresh", connect(), body=body)
    assert status == 200
    assert call("me.me_retrieve", connect(access=renewed.data.access_token))[0] == 200
    assert call("tokens.auth_tokens_refresh", connect(), body=body)[0] == 400
    status, problem = call("me.me_retrieve", connect(access=renewed.data.access_token))
    assert (status, problem.type_) == (401, "urn:treum:problem:bad_credentials")

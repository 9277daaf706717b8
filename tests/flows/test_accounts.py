"""Stories of accounts, over HTTP and SMTP through the real processes: a stolen token, and somebody who leaves."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tests.support.accounts import totp_code
from tests.support.mailbox import Mailbox
from tests.support.people import PASSWORD
from tests.support.theatre import free_port, until
from treum_project.stage import Stage

EMAIL = "ada@example.com"
LEAVER = "leo@example.com"
AUTH = "/api/v1/auth/app/v1"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as open_mailbox:
        yield open_mailbox


@pytest.fixture(scope="module")
def web(mailbox: Mailbox) -> Iterator[httpx.Client]:
    port = free_port()
    environment = {"PORT": str(port), "EMAIL_URL": mailbox.url, "TREUM_FRONTEND_URL": "https://app.treum.example"}
    processes = ("web", "relay", "intake", "worker-notifications", "worker-core")
    with Stage(tell=print, name="accounts", processes=processes, environment=environment) as stage:
        stage.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            until(lambda: is_up(client), seconds=60)
            yield client


def is_up(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_from_sign_up_to_a_stolen_token(web: httpx.Client, mailbox: Mailbox) -> None:
    signed_up = web.post(f"{AUTH}/auth/signup", json={"email": EMAIL, "password": PASSWORD})
    assert signed_up.status_code == 401
    assert {"id": "verify_email", "is_pending": True} in signed_up.json()["data"]["flows"]

    letter = mailbox.wait_for(EMAIL)
    link = letter.link
    assert link.startswith("https://app.treum.example/verify-email/")
    verified = web.post(f"{AUTH}/auth/email/verify", json={"key": unquote(link.rpartition("/")[2])})
    assert verified.status_code in (200, 401)

    secret = add_a_second_factor(web)
    first_step = web.post(f"{AUTH}/auth/login", json={"email": EMAIL, "password": PASSWORD})
    assert first_step.status_code == 401
    session = {"X-Session-Token": first_step.json()["meta"]["session_token"]}
    logged_in = web.post(f"{AUTH}/auth/2fa/authenticate", json={"code": totp_code(secret)}, headers=session)
    assert logged_in.status_code == 200
    stolen = logged_in.json()["meta"]
    assert me(web, stolen["access_token"]).json()["email"] == EMAIL

    refreshed = refresh(web, stolen["refresh_token"])
    assert refreshed.status_code == 200
    current = refreshed.json()["data"]
    assert me(web, current["access_token"]).status_code == 200

    assert refresh(web, stolen["refresh_token"]).status_code == 400
    assert me(web, stolen["access_token"]).status_code == 401
    assert me(web, current["access_token"]).status_code == 401
    assert refresh(web, current["refresh_token"]).status_code == 400
    still_there = web.get(f"{AUTH}/auth/session", headers={"Authorization": f"Bearer {current['access_token']}"})
    assert still_there.status_code in (401, 410)


def test_from_sign_up_to_nobody(web: httpx.Client, mailbox: Mailbox) -> None:
    token = sign_up(web, mailbox)
    headers = {"Authorization": f"Bearer {token}"}
    until(lambda: bool(web.get("/api/v1/me/activity", headers=headers).json()["results"]), seconds=30)
    asked = web.post("/api/v1/me/exports", headers=headers)
    assert asked.status_code == 202
    path = f"/api/v1/me/exports/{asked.json()['id']}"
    until(lambda: web.get(path, headers=headers).json()["status"] == "ready", seconds=30)
    with zipfile.ZipFile(io.BytesIO(web.get(f"{path}/archive", headers=headers).content)) as archive:
        assert archive.testzip() is None
        assert LEAVER in archive.read("users/profile.jsonl").decode()
        assert b"Logged in" in archive.read("users/activity.jsonl")

    erased = web.post("/api/v1/me/erasure", json={"email": LEAVER}, headers=headers)
    assert erased.status_code == 202
    assert me(web, token).status_code == 401
    assert web.get(f"{path}/archive", headers=headers).status_code == 401
    assert web.post(f"{AUTH}/auth/login", json={"email": LEAVER, "password": PASSWORD}).status_code == 400
    assert me(web, sign_up(web, mailbox)).json()["email"] == LEAVER


def sign_up(web: httpx.Client, mailbox: Mailbox) -> str:
    """Sign up as whoever will leave, verify the address, log in and return the access token."""
    mailbox.received.clear()
    web.post(f"{AUTH}/auth/signup", json={"email": LEAVER, "password": PASSWORD})
    key = unquote(mailbox.wait_for(LEAVER).link.rpartition("/")[2])
    assert web.post(f"{AUTH}/auth/email/verify", json={"key": key}).status_code in (200, 401)
    logged_in = web.post(f"{AUTH}/auth/login", json={"email": LEAVER, "password": PASSWORD})
    token: str = logged_in.json()["meta"]["access_token"]
    return token


def add_a_second_factor(web: httpx.Client) -> str:
    """Log in, prove it again, activate TOTP, log out, and return the secret."""
    logged_in = web.post(f"{AUTH}/auth/login", json={"email": EMAIL, "password": PASSWORD})
    assert logged_in.status_code == 200
    headers = {"Authorization": f"Bearer {logged_in.json()['meta']['access_token']}"}
    web.post(f"{AUTH}/auth/reauthenticate", json={"password": PASSWORD}, headers=headers)
    secret: str = web.get(f"{AUTH}/account/authenticators/totp", headers=headers).json()["meta"]["secret"]
    code = {"code": totp_code(secret)}
    assert web.post(f"{AUTH}/account/authenticators/totp", json=code, headers=headers).status_code == 200
    web.delete(f"{AUTH}/auth/session", headers=headers)
    return secret


def me(web: httpx.Client, token: str) -> Any:
    return web.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def refresh(web: httpx.Client, token: str) -> Any:
    return web.post(f"{AUTH}/tokens/refresh", json={"refresh_token": token})

"""A real browser without a screen: the machine's Chromium, which `docker/browser` installs."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
EXPIRY, CVC = "12/39", "123"


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start the browser; where there is none the tests that need it are skipped, and say so."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("There is no Chromium here: run `python3 docker/browser`.")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def enter_card(page: Page, number: str) -> None:
    """Fill in the card on a checkout page and press the button."""
    page.fill("#number", number)
    page.fill("#expiry", EXPIRY)
    page.fill("#cvc", CVC)
    page.click("button[value=pay]")

"""Unit tests reach no network: whoever tries fails with the address."""

import socket
from typing import Any

import pytest


class NetworkForbidden(AssertionError):
    """A unit test tried to reach an address."""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            raise NetworkForbidden(f"A unit test reached for {address}; it belongs under tests/integration.")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded)

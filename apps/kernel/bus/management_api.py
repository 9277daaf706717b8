"""RabbitMQ's management API, for the few things that AMQP cannot do: virtual hosts and policies."""

import json
import urllib.parse
import urllib.request
from base64 import b64encode
from typing import Any

from apps.kernel.bus.topology import Policy
from apps.kernel.errors import Unavailable

TIMEOUT_SECONDS = 10


class ManagementUnreachable(Unavailable):
    """RabbitMQ's management API did not do {what}: {reason}; check RABBITMQ_MANAGEMENT_URL and its login."""


class ManagementApi:
    """A client for one broker, by `RABBITMQ_MANAGEMENT_URL` (http://user:password@host:port)."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise ManagementUnreachable(what="anything", reason=f"{parts.scheme!r} is neither http nor https")
        self.user = urllib.parse.unquote(parts.username or "guest")
        password = urllib.parse.unquote(parts.password or "guest")
        self._authorization = "Basic " + b64encode(f"{self.user}:{password}".encode()).decode()
        self._root = f"{parts.scheme}://{parts.hostname}:{parts.port or 15672}/api"

    def create_virtual_host(self, name: str) -> None:
        """Create a virtual host with full rights for this user. Harmless when it is there."""
        self._call("PUT", f"/vhosts/{_quoted(name)}", {})
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._call("PUT", f"/permissions/{_quoted(name)}/{_quoted(self.user)}", everything)

    def delete_virtual_host(self, name: str) -> None:
        """Delete a virtual host with all it holds."""
        self._call("DELETE", f"/vhosts/{_quoted(name)}")

    def virtual_hosts(self) -> list[str]:
        """Return the names of all virtual hosts."""
        return [host["name"] for host in self._call("GET", "/vhosts")]

    def set_policy(self, policy: Policy, *, virtual_host: str) -> None:
        """Put a policy in force on the queues of a virtual host."""
        body = {"pattern": policy.pattern, "definition": policy.definition, "apply-to": "queues", "priority": 1}
        self._call("PUT", f"/policies/{_quoted(virtual_host)}/{_quoted(policy.name)}", body)

    def policies(self, *, virtual_host: str) -> dict[str, dict[str, Any]]:
        """Return the definitions in force, by policy name."""
        found = self._call("GET", f"/policies/{_quoted(virtual_host)}")
        return {policy["name"]: policy["definition"] for policy in found}

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": self._authorization, "Content-Type": "application/json"}
        # The scheme was checked at the door.
        request = urllib.request.Request(self._root + path, data=data, headers=headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:  # noqa: S310
                text = reply.read()
        except OSError as error:
            raise ManagementUnreachable(what=f"{method} {path}", reason=error) from error
        return json.loads(text) if text else None


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")

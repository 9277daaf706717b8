"""A real SMTP server that keeps what it is sent, and can be told to refuse."""

import re
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller

from tests.support.theatre import free_port

_LINK = re.compile(r"https?://\S+/(?:verify-email|reset-password|sign-up)\S*")


@dataclass(frozen=True)
class Received:
    """One mail as it came over the wire."""

    to: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        """The plain part."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        """The HTML part."""
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())

    @property
    def link(self) -> str:
        """The link that the text asks to follow."""
        found = _LINK.search(self.text)
        assert found is not None
        return found[0]


@dataclass
class Mailbox:
    """The server. `answer` is what it says to recipients instead of taking the mail, for as long as it is set.

    `answers` holds the same for single recipients; `sender_answer` is what it says to the sender.
    """

    received: list[Received] = field(default_factory=list)
    answer: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    sender_answer: str = ""
    connections: int = 0
    port: int = 0

    def __enter__(self) -> Self:
        self.port = self.port or free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        """What EMAIL_URL names."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:  # noqa: N802 - named by the library
        """Count connections: each says hello once."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - named by the library
        """Take a sender, or refuse as told."""
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - named by the library
        """Take a recipient, or refuse as told."""
        if answer := self.answer or self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - named by the library
        """Keep a mail."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.received.append(Received(to=list(envelope.rcpt_tos), message=message))  # type: ignore[arg-type] # by the policy
        return "250 OK"

    def to(self, address: str) -> list[Received]:
        """Return what came for an address."""
        return [mail for mail in self.received if address in mail.to]

    def wait_for(self, address: str, *, seconds: float = 30) -> Received:
        """Return the newest mail to an address, as soon as there is one."""
        deadline = time.monotonic() + seconds
        while not (mails := self.to(address)):
            assert time.monotonic() < deadline, f"nothing came for {address}"
            time.sleep(0.05)
        return mails[-1]

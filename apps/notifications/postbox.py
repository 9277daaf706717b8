"""The way out: one connection to the mail server for many mails, and what its answers mean."""

import smtplib
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from apps.kernel.resilience.breaker import Breaker
from apps.notifications.errors import MailServerUnavailable

log = structlog.get_logger(__name__)

FINAL = 500
"""SMTP replies from here on are final (RFC 5321 §4.2.1); those below ask to try again."""

_BREAKER = Breaker("The mail server", failures=(MailServerUnavailable,))


class Fate(Enum):
    """What becomes of one mail."""

    TAKEN = "taken"
    PUT_OFF = "put off"
    REFUSED = "refused"
    UNSENDABLE = "unsendable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one mail. Of its words only the reply code is kept: they may repeat the address."""

    fate: Fate
    code: int = 0


class Postbox:
    """Hands mails to the server, over a connection that is made for the first and kept for the others."""

    def __init__(self) -> None:
        self._connection = get_connection(timeout=settings.TREUM_MAIL_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        # What was handed over is handed over, whether or not the server says goodbye.
        with suppress(OSError):
            self._connection.close()

    def post(self, mail: EmailMessage) -> Answer:
        """Hand over one mail and return what the server said to it.

        Raises MailServerUnavailable, or CircuitOpen, when the trouble is not the mail's: no connection, a timeout, a
        refused login or sender. The latter two are ours to mend, and every mail waits for it.
        """
        with _BREAKER.call():
            try:
                self._connection.open()
                return self._hand_over(mail)
            except OSError as error:
                log.warning("mail.server_away", error=type(error).__name__, code=getattr(error, "smtp_code", None))
                raise MailServerUnavailable() from error

    def _hand_over(self, mail: EmailMessage) -> Answer:
        try:
            self._connection.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            return _refusal(max(int(code) for code, _ in error.recipients.values()))
        except smtplib.SMTPDataError as error:
            return _refusal(int(error.smtp_code))
        except ValueError:
            # Django and the standard library raise it for addresses that SMTP cannot express.
            return Answer(Fate.UNSENDABLE)
        return Answer(Fate.TAKEN)


def _refusal(code: int) -> Answer:
    return Answer(Fate.REFUSED if code >= FINAL else Fate.PUT_OFF, code)

"""Mails as files that mail programs open, for a checkout without a mail server: choose it as EMAIL_BACKEND."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes each mail into EMAIL_FILE_PATH under its Message-ID: the same mail sent twice is one file."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            message: Any = mail.message()
            (folder / f"{message['Message-ID'].strip('<>')}.eml").write_bytes(message.as_bytes(linesep="\r\n"))
        return len(email_messages)

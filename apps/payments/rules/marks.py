"""By what a person is known again who had a trial: the id, the mailbox, the card. Digests only, which lead to nobody.

Mailboxes. Gmail ignores dots and what follows a plus sign (Google, "Dots don't matter in Gmail addresses" and "Create
task-specific email addresses"); googlemail.com is the same mailbox. Outlook, iCloud, Proton and Fastmail ignore what
follows a plus sign (their help pages on plus addressing). Elsewhere a plus sign or a dot may make another person's
mailbox, and only case is ignored.
"""

import hashlib
import hmac

from apps.payments.enums import TrialMark

GMAIL = frozenset({"gmail.com", "googlemail.com"})
PLUS_ADDRESSING = GMAIL | frozenset(
    {
        "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "mac.com",
        "proton.me", "protonmail.com", "pm.me", "fastmail.com",
    }
)  # fmt: skip


def mailbox(email: str) -> str:
    """Return the mailbox that an address leads to, the same for all spellings of it that we know of."""
    name, _, domain = email.strip().lower().rpartition("@")
    if domain in PLUS_ADDRESSING:
        name = name.partition("+")[0]
    if domain in GMAIL:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"


def mark_of(mark: TrialMark, value: str, *, secret: str) -> str:
    """Return the digest of a mark (HMAC-SHA256), which nobody can check a guess against without the secret."""
    return hmac.new(secret.encode(), f"{mark}:{value}".encode(), hashlib.sha256).hexdigest()

"""What the gateway refuses, each with a stable problem code."""

from apps.kernel.errors import Conflict, Refused, Unavailable


class BadCredentials(Refused):
    """This token or key is unknown, expired or revoked; log in again or use another key."""


class LoginRequired(Refused):
    """Log in first: this address is not for anonymous callers."""


class Denied(Refused):
    """You may not do this."""


class ScopeMissing(Refused):
    """This key lacks the scope {scope}, which this operation needs; make a key that has it."""


class KeysNotAccepted(Refused):
    """A program's key cannot do this; log in as a person."""


class ReauthenticationRequired(Refused):
    """This needs a fresh proof of who you are: authenticate again at {address}, then repeat the request."""


class TooManyRequests(Unavailable):
    """Too many requests; wait for the seconds that Retry-After names."""


class BodyTooLarge(Refused):
    """The body of a request may have {limit} bytes at most."""


class IdempotencyKeyRequired(Refused):
    """Send an Idempotency-Key header (up to 255 printable characters), so that a repetition does no harm."""


class IdempotencyKeyMalformed(Refused):
    """An Idempotency-Key has 1 to 255 printable ASCII characters without spaces."""


class IdempotencyKeyReused(Refused):
    """This Idempotency-Key was used for a request with another body; take a new one."""


class IdempotencyKeyInFlight(Conflict):
    """The request with this Idempotency-Key is still being worked on; ask again in a moment."""

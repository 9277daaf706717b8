"""What the gateway refuses, each with a stable problem code."""

from apps.kernel.errors import Conflict, Forbidden, Malformed, Refused, TooLarge, TooMany, Unauthenticated


class BadCredentials(Unauthenticated):
    """This token or key is unknown, expired or revoked; log in again or use another key."""


class TwoCredentials(BadCredentials):
    """Send an access token or a key, not both."""


class LoginRequired(Unauthenticated):
    """Log in first: this address is not for anonymous callers."""


class Denied(Forbidden):
    """You may not do this."""


class ScopeMissing(Forbidden):
    """This key lacks the scope {scope}, which this operation needs; make a key that has it."""


class KeysNotAccepted(Forbidden):
    """A program's key cannot do this; log in as a person."""


class ReauthenticationRequired(Forbidden):
    """This needs a fresh proof of who you are: authenticate again at {address}, then repeat the request."""


class TooManyRequests(TooMany):
    """Too many requests; wait for the seconds that Retry-After names."""


class BodyTooLarge(TooLarge):
    """The body of a request may have {limit} bytes at most."""


class BodyUnreadable(Malformed):
    """The JSON of this body is nested too deeply, has a number that never ends, or text that is not valid Unicode."""


class NameTwice(Malformed):
    """An object of this body has the name {name!r} twice; send it once."""


class IdempotencyKeyRequired(Malformed):
    """Send an Idempotency-Key header (up to 255 printable characters), so that a repetition does no harm."""


class IdempotencyKeyMalformed(Malformed):
    """An Idempotency-Key has 1 to 255 printable ASCII characters without spaces."""


class IdempotencyKeyReused(Refused):
    """This Idempotency-Key was used for a request with another body; take a new one."""


class IdempotencyKeyInFlight(Conflict):
    """The request with this Idempotency-Key is still being worked on; ask again in a moment."""

"""What the users context refuses."""

from apps.kernel.errors import Refused


class EmailMissing(Refused):
    """A user needs an e-mail address."""

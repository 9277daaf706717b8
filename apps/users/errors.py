"""What the users context refuses."""

from apps.kernel.errors import Refused


class WrongCredentials(Refused):
    """The e-mail address and the password do not go together."""


class EmailMissing(Refused):
    """A user needs an e-mail address."""

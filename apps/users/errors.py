"""What the users context refuses."""

from apps.kernel.errors import NotFound, Refused


class EmailMissing(Refused):
    """A user needs an e-mail address."""


class UnknownPerson(NotFound):
    """There is no such person any more."""

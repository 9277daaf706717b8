"""What the notifications context refuses, and what it cannot do at the moment."""

from apps.kernel.errors import Unauthenticated, Unavailable


class LivePushUnavailable(Unavailable):
    """Redis does not answer, so nothing is pushed live; the notifications are kept and can be read by REST."""


class TicketInvalid(Unauthenticated):
    """This stream ticket is unknown, used or older than a minute; ask for a new one."""


class TooManyListeners(Unavailable):
    """This process already serves as many streams as it may; try again in a while."""


class MailServerUnavailable(Unavailable):
    """The mail server does not take mail at the moment; what was to be sent is kept and tried again."""


class MailsLeft(Unavailable):
    """{count} of these mails have not left yet: the server put them off, or somebody else has them in hand."""

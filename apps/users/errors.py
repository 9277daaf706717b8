"""What the users context refuses."""

from datetime import timedelta
from math import ceil

from apps.kernel.errors import Conflict, NotFound, Refused, TooMany


class EmailMissing(Refused):
    """A user needs an e-mail address."""


class UnknownPerson(NotFound):
    """There is no such person any more."""


class TooManyKeys(Conflict):
    """You have {most} living keys already; revoke one that you do not need any more."""


class ExportNotReady(Conflict):
    """This archive is still being made; {done} of {total} parts are done."""


class ExportFailed(Conflict):
    """This archive could not be made; ask for another."""


class ExportTakenOver(Conflict):
    """Somebody else makes this archive by now."""


class TooManyExports(TooMany):
    """You asked for {most} archives within a day already; fetch the newest, or ask again later."""

    def __init__(self, *, most: int, wait: timedelta) -> None:
        super().__init__(most=most, wait=wait)
        self.retry_after = max(1, ceil(wait.total_seconds()))


class UnknownExport(NotFound):
    """There is no such archive, or its time is over; ask for another."""


class ErasureNotConfirmed(Refused):
    """Nothing was erased: confirm with the e-mail address of your account."""


class StaffNotErased(Refused):
    """A member of staff cannot be erased; have the staff rights taken away first."""


class UnknownConsent(NotFound):
    """There is no kind of consent called {kind}."""


class NothingToAgreeTo(NotFound):
    """Nothing of the kind “{kind}” has been published, so that there is nothing to agree to."""


class VersionNotInForce(Refused):
    """Version {version} of the {kind} is not in force; read version {in_force} and agree to that."""

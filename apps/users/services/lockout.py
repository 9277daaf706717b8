"""How many passwords may be tried, for one account and from one client."""

from dataclasses import dataclass

from django.conf import settings

from apps.kernel.gateway import origin
from apps.kernel.resilience.limiter import give_back, hashed, seconds_to_wait
from apps.users.models import User


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was counted, under these keys."""

    keys: tuple[str, ...]
    seconds_to_wait: int

    @property
    def allowed(self) -> bool:
        return self.seconds_to_wait == 0


def take_try(email: str) -> Try:
    """Count one try to log in as `email` from where the request comes, before anything is compared."""
    counted = {f"login:email:{hashed(User.objects.normalize_email(email))}": settings.TREUM_LOGIN_TRIES_PER_EMAIL}
    if address := origin.current().neighbourhood:
        counted[f"login:address:{hashed(address)}"] = settings.TREUM_LOGIN_TRIES_PER_ADDRESS
    window = settings.TREUM_LOGIN_TRIES_SECONDS
    waits = [seconds_to_wait(key, limit=limit, seconds=window) for key, limit in counted.items()]
    return Try(keys=tuple(counted), seconds_to_wait=max(waits))


def forget_try(attempt: Try) -> None:
    """Take a try back that turned out right."""
    give_back(*attempt.keys)

"""How often a caller may ask: a bucket for the person, one for the address, one for the class of route."""

from collections.abc import Mapping

from django.conf import settings

from apps.kernel.gateway import origin
from apps.kernel.gateway.policy import RateClass
from apps.kernel.gateway.principal import Principal
from apps.kernel.resilience.buckets import Bucket, Rate, Verdict, take
from apps.kernel.resilience.limiter import hashed

USER, ADDRESS = "user", "address"


def charge(rate_class: RateClass, principal: Principal | None) -> Verdict | None:
    """Take a token from each bucket that a request is paid from, or from none. None where nothing is limited."""
    if rate_class is RateClass.HEALTH:
        return None
    rates: Mapping[str, Rate] = settings.TREUM_GATEWAY_RATES
    address = hashed(origin.current().neighbourhood)
    person = None if principal is None else str(principal.user_id)
    buckets = [Bucket(f"{rate_class}:{person or address}", rates[rate_class])]
    if rate_class is not RateClass.WEBHOOKS:
        buckets.append(Bucket(f"{ADDRESS}:{address}", rates[ADDRESS]))
    if person is not None:
        buckets.append(Bucket(f"{USER}:{person}", rates[USER]))
    return take(buckets)


def headers_of(verdict: Verdict) -> dict[str, str]:
    """Return the RateLimit fields of an answer: how the scarcest bucket stands."""
    return {
        "RateLimit-Limit": str(verdict.limit),
        "RateLimit-Remaining": str(verdict.remaining),
        "RateLimit-Reset": str(verdict.full_seconds),
    }

"""The gate in front of every address: its rules, who knows the callers, how often and how much one may ask."""

from apps.kernel.resilience.buckets import Rate
from treum_project.env import env

TREUM_GATEWAY_POLICY = "treum_project.policy.POLICY"
TREUM_GATEWAY_DOORKEEPER = "apps.users.doorkeeper.UsersDoorkeeper"
TREUM_GATEWAY_STEP_UP_ADDRESS = "/api/v1/auth/app/v1/auth/reauthenticate"

TREUM_TRUSTED_PROXIES = env.int("TREUM_TRUSTED_PROXIES", default=0)
"""How many proxies of ours stand in front, each of which adds one entry to X-Forwarded-For."""

TREUM_MAX_BODY_BYTES = env.int("TREUM_MAX_BODY_BYTES", default=1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = TREUM_MAX_BODY_BYTES


def _rate(name: str, *, per_minute: int, burst: int) -> Rate:
    """Read TREUM_RATE_<NAME>, written as `<requests a minute>:<requests at once>`."""
    given = env.str(f"TREUM_RATE_{name.upper()}", default=f"{per_minute}:{burst}")
    minute, _, at_once = given.partition(":")
    return Rate(per_minute=int(minute), burst=int(at_once))


TREUM_GATEWAY_RATES = {
    "user": _rate("user", per_minute=1200, burst=300),
    "address": _rate("address", per_minute=3000, burst=600),
    "read": _rate("read", per_minute=600, burst=200),
    "write": _rate("write", per_minute=120, burst=60),
    "orders": _rate("orders", per_minute=60, burst=20),
    "auth": _rate("auth", per_minute=30, burst=20),
    "public": _rate("public", per_minute=300, burst=100),
    "pages": _rate("pages", per_minute=300, burst=100),
    "webhooks": _rate("webhooks", per_minute=60000, burst=20000),
    "denials": _rate("denials", per_minute=5, burst=30),
    "all_denials": _rate("all_denials", per_minute=30, burst=300),
}
"""What one person and one address may ask in all, and one caller in each class of routes; and how many denials of one
address, and of all, are noted in the audit log."""

TREUM_PACE_STEP_SECONDS = env.float("TREUM_PACE_STEP_SECONDS", default=0.3)
"""The steps in which answers leave whose time could tell who has an account: one login fits well into one."""

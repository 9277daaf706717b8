"""How much is logged, and for whom: JSON for machines or lines for people; how many requests are traced."""

from apps.kernel.observability import logs
from treum_project.env import env

TREUM_LOGS_JSON = env.bool("TREUM_LOGS_JSON", default=True)
TREUM_LOGS_LEVEL = env.str("TREUM_LOGS_LEVEL", default="INFO")

LOGGING_CONFIG = "apps.kernel.observability.logs.configure"
LOGGING = logs.dictionary(as_json=TREUM_LOGS_JSON, level=TREUM_LOGS_LEVEL)

TREUM_TRACE_RATIO = env.float("TREUM_TRACE_RATIO", default=1.0)
"""Which share of the requests from outside is traced; what callers wish for does not count."""

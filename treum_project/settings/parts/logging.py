"""How much is logged, and for whom: JSON for machines or lines for people."""

from apps.kernel.observability import logs
from treum_project.env import env

TREUM_LOGS_JSON = env.bool("TREUM_LOGS_JSON", default=True)
TREUM_LOGS_LEVEL = env.str("TREUM_LOGS_LEVEL", default="INFO")

LOGGING_CONFIG = "apps.kernel.observability.logs.configure"
LOGGING = logs.dictionary(as_json=TREUM_LOGS_JSON, level=TREUM_LOGS_LEVEL)

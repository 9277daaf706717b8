"""A developer's settings plus one small context, `tally`, whose only deed is to write down each fill it hears of."""

from treum_project.env import env
from treum_project.settings.local import *  # noqa: F403 - settings are a flat namespace by Django's design
from treum_project.settings.local import CONTEXTS as PRODUCT_CONTEXTS
from treum_project.settings.local import DATABASES, INSTALLED_APPS, TREUM_DATABASE_OF

CONTEXTS = (*PRODUCT_CONTEXTS, "tally")
INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.tally"]
TREUM_DATABASE_OF = {**TREUM_DATABASE_OF, "tally": "tally"}
_own = env.db_url("TALLY_DATABASE_URL") if env.str("TALLY_DATABASE_URL", default="") else {"NAME": "treum_tally"}
DATABASES = {
    **DATABASES,
    "tally": {
        **DATABASES["default"],
        **_own,
        "OPTIONS": {"application_name": "treum-tally", "connect_timeout": 5},
    },
}

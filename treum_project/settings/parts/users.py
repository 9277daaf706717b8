"""People: how long we remember what they did."""

from treum_project.env import env

TREUM_ACTIVITY_KEEP_DAYS = env.int("TREUM_ACTIVITY_KEEP_DAYS", default=365)

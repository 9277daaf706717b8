"""What is kept about people: who is asked for it, and for how long archives of it can be fetched."""

from treum_project.env import env

TREUM_USERS_PERSONAL_DATA = "treum_project.introductions.personal_data.CONTEXTS"
TREUM_USERS_EXPORT_DAYS = env.int("TREUM_USERS_EXPORT_DAYS", default=7)

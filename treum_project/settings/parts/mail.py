"""How mails leave: by SMTP where EMAIL_URL names a server, into files of the checkout otherwise."""

from typing import Any

from treum_project.env import ROOT, env

_url = str(env.str("EMAIL_URL", default="")).strip()
_files = {"backend": "apps.notifications.mail_files.EmailBackend"} if not _url else {}
_mail: dict[str, Any] = env.email_url_config(_url or f"filemail:///{ROOT}/.run/mail", **_files)

EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_FILE_PATH = _mail["EMAIL_FILE_PATH"]
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)

TREUM_MAIL_FROM = env.str("TREUM_MAIL_FROM", default="TREUM <no-reply@treum.example>")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = TREUM_MAIL_FROM
TREUM_MAIL_TIMEOUT_SECONDS = env.float("TREUM_MAIL_TIMEOUT_SECONDS", default=10.0)
TREUM_NOTIFICATIONS_MAILROOM = "treum_project.introductions.mailroom.UsersMailroom"
"""Who knows the letters: asked at the moment of sending, so that no address travels through the queues."""

"""Doorbells of the users context."""

from apps.users import services
from workers.app import app


@app.task(name="users.build_export")
def build_export(export_id: str) -> None:
    """Make an archive of all that is kept about a person."""
    services.build_export(export_id)


@app.task(name="users.resume_exports")
def resume_exports() -> None:
    """Ask again for archives whose maker died."""
    services.resume_exports()


@app.task(name="users.expire_exports")
def expire_exports() -> None:
    """Delete archives whose week is over."""
    services.expire_exports()


@app.task(name="users.prune_mails")
def prune_mails() -> None:
    """Forget mails that came to no end in time."""
    services.prune_mails()


@app.task(name="users.prune_activity")
def prune_activity() -> None:
    """Forget what people did long ago."""
    services.prune_activity()


@app.task(name="users.prune_sessions")
def prune_sessions() -> None:
    """Delete sessions whose time is over."""
    services.prune_sessions()

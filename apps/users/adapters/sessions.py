"""allauth's hook for ending sessions from the list of them."""

from collections.abc import Iterable

from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession

from apps.users.services import end_sessions


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc] # allauth ships no types
    """Ends a session with all of its tokens."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        """End sessions, and their tokens with them."""
        for session in sessions:
            end_sessions(session.user_id, session_keys=[session.session_key], reason="ended_by_owner")
            session.delete()

"""The REST door of signals: read-only, for everyone who is logged in."""

"""Post what happened to money, and earn what was billed."""

"""What the payments context does."""

"""What is read of the payments context."""

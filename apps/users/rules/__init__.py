"""Pure rules of the users context: how tokens are signed and read."""

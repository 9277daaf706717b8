"""The doors of the users API, a module for each concern."""

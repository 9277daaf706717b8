"""The trading context: carries signals out in the accounts that follow them, and keeps the books of it."""

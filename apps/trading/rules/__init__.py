"""Pure calculations of trading: no database, no clock."""

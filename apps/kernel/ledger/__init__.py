"""Double entry with one door. Money moves through `posting` and nowhere else; the database refuses the rest."""

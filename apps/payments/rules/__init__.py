"""What follows from numbers and dates alone: plain Python, without the database."""

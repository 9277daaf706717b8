"""What is kept for speed alone: it may vanish at any moment without losing a fact."""

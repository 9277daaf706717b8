"""Give money back."""

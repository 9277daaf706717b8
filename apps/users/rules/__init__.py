"""Pure rules of the users context: tokens and keys, and what people may choose."""

"""The REST doors of trading."""

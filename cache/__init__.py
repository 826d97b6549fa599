"""A typed key-value store with expiry and statistics; it knows nothing of Plex."""

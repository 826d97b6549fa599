"""A Plex Media Server in miniature, over real HTTP, for the demo and the tests."""

"""One module a command: what `plexnudge COMMAND` does, from its words to its exit code."""

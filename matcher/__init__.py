"""From paths to a plan: which item, which requests; it knows nothing of watching or threads."""

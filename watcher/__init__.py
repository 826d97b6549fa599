"""The process: observe, settle, queue, work, follow up; it knows nothing of plexapi."""

"""Picture files (the truth), their SQLite index (rebuildable) and what only the user knows (`user.db`)."""

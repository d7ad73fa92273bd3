"""Which checkpoints exist, where they are, and what a file or folder really is."""

"""Writing prompts: the field with its colours, keys and suggestions, what was written before, and styles."""

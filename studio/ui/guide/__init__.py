"""The guide: what diffusion is, in eight short chapters, each with something to try in the real program."""

"""Grids of pictures: typed in a dialog, made through the queue, gone on with later."""

"""The pictures that were made, as a strip beside the canvas."""

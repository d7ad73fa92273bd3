"""Pixels in, pixels out: thumbnails and the metadata that travels inside picture files."""

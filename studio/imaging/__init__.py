"""Pixels in, pixels out: the decode door, metadata codecs, thumbnails and export."""

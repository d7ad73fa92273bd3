"""Pixels in, pixels out: the decode door, metadata codecs, thumbnails and export."""

from __future__ import annotations

import os

os.environ.setdefault("PILLOW_BLOCK_SIZE", "256m")
"""Pillow reads it when it is imported. It makes room for a picture with the GIL in its hand: blocks of its usual 16 MB
come from memory that was used before, and writing zeros over a large photograph held up the window for a tenth of a
second. What is larger than 32 MB comes from the system, which has zeros (mallopt(3), M_MMAP_THRESHOLD)."""

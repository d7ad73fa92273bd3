"""Small previews made large without showing their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.pixels import frozen_pixels

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


_CELL = 8
"""Pixels that a cell of the latent covers, across and down."""
_LONGEST = 1024
"""Beyond that the screen enlarges."""


def enlarge_smoothly(pixels: Pixels, factor: int) -> Pixels:
    """`factor` times as wide and high, bicubic: screens enlarge bilinearly, which leaves visible diamonds."""
    import numpy as np
    from PIL import Image

    height, width, _ = pixels.shape
    enlarged = Image.fromarray(pixels).resize((width * factor, height * factor), Image.Resampling.BICUBIC)
    return frozen_pixels(np.asarray(enlarged))


def enlarged_preview(pixels: Pixels) -> Pixels:
    """A preview about as large as its picture."""
    return enlarge_smoothly(pixels, max(1, min(_CELL, _LONGEST // max(pixels.shape[:2]))))

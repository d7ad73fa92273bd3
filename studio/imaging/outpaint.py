"""What a picture could go on with beyond its edges: a start for outpainting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.pixels import frozen_pixels

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


def extended(pixels: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    """The picture with so many pixels more on each side, which repeat its edge."""
    import numpy as np

    return frozen_pixels(np.pad(pixels, ((top, bottom), (left, right), (0, 0)), mode="edge"))

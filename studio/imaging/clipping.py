"""How much of a picture is burnt: pixels that are as dark or bright in some colour as they can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


def clipped_share(pixels: Pixels) -> float:
    """The share (0 to 1) of pixels with a red, green or blue of 0 or 255: what was beyond is lost."""
    return float(np.logical_or(pixels == 0, pixels == 255).any(axis=2).mean())


def clipped_text(pixels: Pixels) -> str:
    """ "12 % clipped"."""
    share = 100 * clipped_share(pixels)
    return f"{share:.0f} % clipped" if share >= 9.5 or share == 0 else f"{share:.1f} % clipped"

"""What the model finds under the mask instead of what was there: the colours of the surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.geometry import Rect
from studio.core.pixels import frozen_pixels
from studio.imaging.fit import resized

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

_WORKING_SIDE = 256
"""Only colours and large shapes are wanted: the model makes the rest. It takes the same time for every picture."""
_NEUTRAL = 127


def filled(pixels: Pixels, mask: MaskPixels) -> Pixels:
    """Spread what lies around the mask inwards, going on with its edges (Navier-Stokes, Bertalmio 2001).

    Where the mask is grey, both are mixed. If nothing lies around it, it becomes a neutral grey.
    """
    import cv2
    import numpy as np

    if mask.all():
        spread = np.full_like(pixels, _NEUTRAL)
    else:
        small, unknown = _shrunk(pixels, mask)
        streaked = cv2.inpaint(small, unknown, 3, cv2.INPAINT_NS)
        softened = np.where(unknown[:, :, np.newaxis], cv2.GaussianBlur(streaked, (0, 0), 2), streaked)
        height, width = mask.shape
        spread = resized(softened, Rect(0, 0, width, height))
    return _mixed(pixels, spread, mask)


def _shrunk(pixels: Pixels, mask: MaskPixels) -> tuple[Pixels, MaskPixels]:
    """The mean colours outside of the mask at the working size, and where there are none (1)."""
    import cv2
    import numpy as np

    height, width = mask.shape
    scale = min(1, _WORKING_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    kept = (mask == 0).astype(np.float32)
    share = np.asarray(cv2.resize(kept, size, interpolation=cv2.INTER_AREA), np.float32)[:, :, np.newaxis]
    colours = np.asarray(cv2.resize(pixels * kept[:, :, np.newaxis], size, interpolation=cv2.INTER_AREA), np.float32)
    means = np.rint(colours / np.maximum(share, 1e-6)).astype(np.uint8)
    return means, (share[:, :, 0] == 0).astype(np.uint8)


def _mixed(pixels: Pixels, spread: Pixels, mask: MaskPixels) -> Pixels:
    import numpy as np

    share = mask[:, :, np.newaxis].astype(np.uint16)
    return frozen_pixels(((pixels * (255 - share) + spread * share + 127) // 255).astype(np.uint8))

"""What a picture could go on with beyond its edges: a start for outpainting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.geometry import Rect
from studio.core.pixels import frozen_pixels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import Pixels

# Between these distances from the picture, in pixels, the blur grows to that reach.
_BLURS = ((0, 8, 4), (8, 32, 16), (32, 128, 64), (128, 512, 256))
_ALL_REACHES = sum(reach for _, _, reach in _BLURS)


def extended(pixels: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    """The picture with so many pixels more on each side: they begin as its edge and blur more and more outwards.

    At the seam nothing jumps; farther out no streak is left that a model would take for a thing.
    """
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    picture = Rect(left, top, width, height)
    repeated = np.asarray(cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8)
    result = repeated.copy()
    for strip in _around(picture, left, top, right, bottom):
        result[strip.top : strip.bottom, strip.left : strip.right] = _softened(repeated, strip, picture)
    return frozen_pixels(result)


def _around(picture: Rect, left: int, top: int, right: int, bottom: int) -> list[Rect]:
    """What is new: above and below over the whole width, left and right between those."""
    whole = left + picture.width + right
    strips = [
        Rect(0, 0, whole, top),
        Rect(0, picture.bottom, whole, bottom),
        Rect(0, picture.top, left, picture.height),
        Rect(picture.right, picture.top, right, picture.height),
    ]
    return [strip for strip in strips if not strip.is_empty]


def _softened(pixels: Pixels, strip: Rect, picture: Rect) -> Pixels:
    """The strip, ever more blurred the farther it is from the picture."""
    import numpy as np

    # What lies farther away than all blurs reach has no say.
    near = strip.grown(_ALL_REACHES).clipped(pixels.shape[1], pixels.shape[0])
    blurred = pixels[near.top : near.bottom, near.left : near.right]
    rows = slice(strip.top - near.top, strip.bottom - near.top)
    columns = slice(strip.left - near.left, strip.right - near.left)
    distances = _distances(strip, picture)
    result = blurred[rows, columns].astype(np.float32)
    for start, end, reach in _BLURS:
        if start < distances.max():
            blurred = _blurred(blurred, reach)
            weight = np.clip((distances - start) / (end - start), 0, 1)
            result += (blurred[rows, columns] - result) * weight[:, :, None]
    return np.rint(result).astype(np.uint8)


def _blurred(pixels: Pixels, reach: int) -> Pixels:
    """Two boxes make a triangle, in time that does not depend on their size."""
    import cv2
    import numpy as np

    side = reach // 2 * 2 + 1
    once = cv2.blur(pixels, (side, side), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.blur(once, (side, side), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _distances(strip: Rect, picture: Rect) -> NDArray[np.floating]:
    """How far each pixel of the strip is from the picture: (height, width), in pixels."""
    import numpy as np

    x = np.arange(strip.left, strip.right, dtype=np.float32)
    y = np.arange(strip.top, strip.bottom, dtype=np.float32)
    across = np.maximum(np.maximum(picture.left - x, x - (picture.right - 1)), 0)
    down = np.maximum(np.maximum(picture.top - y, y - (picture.bottom - 1)), 0)
    return np.hypot(across, down[:, None])

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


def extended(pixels: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    """The picture with so many pixels more on each side: they begin as its edge and blur more and more outwards.

    At the seam nothing jumps; farther out no streak is left that a model would take for a thing.
    """
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    picture = Rect(left, top, width, height)
    blurred = np.asarray(cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8)
    result = blurred.copy()
    for start, end, reach in _BLURS:
        if start >= max(left, top, right, bottom):
            break
        blurred = _blurred(blurred, reach)
        for strip in _around(picture, left, top, right, bottom):
            weight = np.clip((_distances(strip, picture) - start) / (end - start), 0, 1)
            _fade(result, blurred, strip, weight)
    return frozen_pixels(result)


def _blurred(pixels: Pixels, reach: int) -> Pixels:
    """Two boxes make a triangle, in time that does not depend on their size."""
    import cv2
    import numpy as np

    side = reach // 2 * 2 + 1
    once = cv2.blur(pixels, (side, side), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.blur(once, (side, side), borderType=cv2.BORDER_REPLICATE), np.uint8)


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


def _distances(strip: Rect, picture: Rect) -> NDArray[np.floating]:
    """How far each pixel of the strip is from the picture: (height, width), in pixels."""
    import numpy as np

    x = np.arange(strip.left, strip.right, dtype=np.float32)
    y = np.arange(strip.top, strip.bottom, dtype=np.float32)
    across = np.maximum(np.maximum(picture.left - x, x - (picture.right - 1)), 0)
    down = np.maximum(np.maximum(picture.top - y, y - (picture.bottom - 1)), 0)
    return np.hypot(across, down[:, None])


def _fade(result: Pixels, into: Pixels, strip: Rect, weight: NDArray[np.floating]) -> None:
    import numpy as np

    rows, columns = slice(strip.top, strip.bottom), slice(strip.left, strip.right)
    difference = into[rows, columns].astype(np.float32) - result[rows, columns]
    faded = result[rows, columns] + difference * weight[:, :, None]
    result[rows, columns] = np.rint(faded).astype(np.uint8)

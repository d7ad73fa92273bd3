"""Areas to paint, and what can be done with a whole mask. Coverage and masks go from 0 to 255 (fully)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from studio.core.geometry import Rect
from studio.core.pixels import frozen_pixels
from studio.imaging.polygon_coverage import polygon_coverage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import MaskPixels, Pixels

Point: TypeAlias = tuple[float, float]
"""x and y in pixels of the picture; the centre of the first pixel is (0.5, 0.5)."""

_SMALL_DISC = 16
"""Up to this radius it is quicker to sweep over all pixels."""
_MOST_LOOKED_UP = 0.05
"""Of all pixels: from here on it is quicker to sweep."""
_LEVELS = (*range(128, 255, 16), 255)
"""At these heights of a soft mask holes are looked for."""


def rectangle(corner: Point, opposite: Point, within: Rect) -> tuple[Rect, MaskPixels]:
    """The rectangle's pixels inside `within`, and how far each is covered."""
    import numpy as np

    (left, right), (top, bottom) = sorted((corner[0], opposite[0])), sorted((corner[1], opposite[1]))
    area = _pixels_of(left, top, right, bottom).intersection(within)
    across = _overlap(area.left, area.width, left, right)
    down = _overlap(area.top, area.height, top, bottom)
    return area, frozen_pixels(np.rint(255 * down[:, None] * across).astype(np.uint8))


def ellipse(corner: Point, opposite: Point, within: Rect) -> tuple[Rect, MaskPixels]:
    """The ellipse that fills the rectangle between two corners; as `rectangle`."""
    x, y = (corner[0] + opposite[0]) / 2, (corner[1] + opposite[1]) / 2
    a, b = abs(opposite[0] - corner[0]) / 2, abs(opposite[1] - corner[1]) / 2
    # So many corners that a circle of the longer radius is nowhere more than 1/200 pixel off.
    count = max(16, math.ceil(math.pi / math.acos(1 - 0.005 / max(a, b, 0.1))))
    angles = (2 * math.pi * index / count for index in range(count))
    return polygon([(x + a * math.cos(angle), y + b * math.sin(angle)) for angle in angles], within)


def polygon(corners: Sequence[Point], within: Rect) -> tuple[Rect, MaskPixels]:
    """The polygon between the corners; as `rectangle`.

    Where it overlaps itself the even-odd rule counts: what its outline goes round twice is outside again.
    """
    import numpy as np

    if not corners:
        return Rect(within.left, within.top, 0, 0), frozen_pixels(np.zeros((0, 0), np.uint8))
    points = np.asarray(corners, np.float64)
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    area = _pixels_of(float(left), float(top), float(right), float(bottom)).intersection(within)
    return area, frozen_pixels(polygon_coverage(points - (area.left, area.top), area.width, area.height))


def select_by_colour(pixels: Pixels, x: int, y: int, tolerance: int, *, contiguous: bool) -> MaskPixels:
    """255 where no channel differs by more than `tolerance` from the pixel at (x, y), 0 elsewhere.

    With `contiguous` only what hangs together with that pixel, over the edges of pixels.

    Raises:
        ValueError: if (x, y) is not in the picture or the tolerance outside 0 to 255.
    """
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    if not (0 <= x < width and 0 <= y < height and 0 <= tolerance <= 255):
        raise ValueError(f"({x}, {y}) with tolerance {tolerance} in {width}x{height} pixels")
    colour = pixels[y, x].astype(int)
    similar = cv2.inRange(pixels, np.maximum(colour - tolerance, 0), np.minimum(colour + tolerance, 255))
    if contiguous:
        similar = _connected(np.asarray(similar, np.uint8), x, y)
    return frozen_pixels(np.asarray(similar, np.uint8))


def inverted(mask: MaskPixels) -> MaskPixels:
    import numpy as np

    return frozen_pixels(np.bitwise_not(mask))


def grown(mask: MaskPixels, by: int) -> MaskPixels:
    """Each pixel becomes the highest within a distance of `by` pixels."""
    import cv2
    import numpy as np

    result = np.array(mask)
    left, top, width, height = cv2.boundingRect(mask)
    if by > 0 and width:
        area = Rect(left, top, width, height).grown(by).clipped(mask.shape[1], mask.shape[0])
        part = result[area.top : area.bottom, area.left : area.right]
        part[...] = _dilated(part, by)
    return frozen_pixels(result)


def shrunk(mask: MaskPixels, by: int) -> MaskPixels:
    """Each pixel becomes the lowest within a distance of `by` pixels. The picture's own edge takes nothing away."""
    return inverted(grown(inverted(mask), by))


def feathered(mask: MaskPixels, by: int) -> MaskPixels:
    """Hard edges become ramps that reach `by` pixels to both sides."""
    import cv2
    import numpy as np

    # Two boxes make a triangle, in time that does not depend on their size.
    soft = np.asarray(mask)
    for reach in (by // 2, by - by // 2):
        soft = cv2.blur(soft, (2 * reach + 1, 2 * reach + 1), borderType=cv2.BORDER_REPLICATE)
    return frozen_pixels(np.asarray(soft, np.uint8))


def filled_holes(mask: MaskPixels) -> MaskPixels:
    """Mask what the mask encloses: all that cannot be reached from outside without crossing values of 128 or more.

    The slope around a hole is filled with it, nearly up to the height of the lowest way out.
    """
    import numpy as np

    filled = np.array(mask)
    for level in _LEVELS:
        below = mask < level
        filled[below & ~_reached_from_outside(below)] = 255
    return frozen_pixels(filled)


def _pixels_of(left: float, top: float, right: float, bottom: float) -> Rect:
    """All pixels that share something with the rectangle."""
    x, y = math.floor(left), math.floor(top)
    return Rect(x, y, math.ceil(right) - x, math.ceil(bottom) - y)


def _overlap(first: int, count: int, start: float, end: float) -> NDArray[np.float64]:
    """How much of each of `count` pixels from `first` on lies between `start` and `end`."""
    import numpy as np

    edges = np.clip(np.arange(first, first + count + 1), start, end)
    return np.diff(edges)


def _dilated(mask: MaskPixels, by: int) -> MaskPixels:
    """The maximum over a disc.

    For large discs most of it follows from one measurement of distances: all that is near the highest value has that
    value, all that is far has none. What lies between, at the soft edge of what was painted, is looked up.
    """
    import cv2
    import numpy as np

    if by <= _SMALL_DISC:
        return _swept(mask, by)
    highest = np.uint8(mask.max())
    below: NDArray[np.uint8] = (mask < highest).astype(np.uint8)
    distance = np.asarray(cv2.distanceTransform(below, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    softness = float(distance[mask > 0].max())
    reached = distance <= by + 0.25 / by  # between `by` and the next distance there is, sqrt(by * by + 1)
    rows, columns = np.nonzero((distance <= by + softness + 0.25) & ~reached)
    if len(rows) > _MOST_LOOKED_UP * mask.size:
        return _swept(mask, by)
    result: NDArray[np.uint8] = np.where(reached, highest, np.uint8(0))
    result[rows, columns] = _looked_up(mask, by, rows, columns)
    return result


def _looked_up(mask: MaskPixels, by: int, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.uint8]:
    """The maximum over a disc around each of these pixels: of each row of the disc it is the larger of the maxima of
    two runs of pixels, as long as a power of two, that cover it together."""
    import numpy as np

    runs: NDArray[np.uint8] = np.pad(mask, by)
    width, flat = runs.shape[1], runs.reshape(-1)
    places = rows * width + columns
    length = 1
    found = np.zeros(len(rows), np.uint8)
    for distance in range(by, -1, -1):
        reach = math.isqrt(by * by - distance * distance)
        while 2 * length <= 2 * reach + 1:
            np.maximum(runs[:, :-length], runs[:, length:], out=runs[:, :-length])
            length *= 2
        for row in {by - distance, by + distance}:
            for column in {by - reach, by + reach + 1 - length}:
                found = np.maximum(found, flat[row * width + column :][places])
    return found


def _swept(mask: MaskPixels, by: int) -> MaskPixels:
    """The maximum over a disc, row of the disc by row: from its ends, where they are shortest, to its middle."""
    import cv2
    import numpy as np

    result, widened, reach = mask.copy(), mask.copy(), 0
    for distance in range(min(by, len(mask)), -1, -1):
        new_reach = math.isqrt(by * by - distance * distance)
        widened = np.asarray(cv2.dilate(widened, np.ones((1, 2 * (new_reach - reach) + 1), np.uint8)), np.uint8)
        reach = new_reach
        height = len(mask) - distance
        np.maximum(result[:height], widened[distance:], out=result[:height])
        np.maximum(result[distance:], widened[:height], out=result[distance:])
    return result


def _connected(region: MaskPixels, x: int, y: int) -> NDArray[np.uint8]:
    """The part of the region (0 or 255) that hangs together with the pixel (x, y) of it."""
    import cv2
    import numpy as np

    # OpenCV's marks have a frame of one pixel; it keeps out of what is marked already, and marks with 255 here.
    marks = np.pad(np.uint8(1) - region // 255, 1, constant_values=1)
    cv2.floodFill(region.copy(), marks, (x, y), (0,), flags=4 | (255 << 8) | cv2.FLOODFILL_MASK_ONLY)
    return np.where(marks[1:-1, 1:-1] == 255, np.uint8(255), np.uint8(0))


def _reached_from_outside(passable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where one can come from beyond the picture, over the edges of passable pixels."""
    import numpy as np

    framed = np.pad(passable.astype(np.uint8) * np.uint8(255), 1, constant_values=255)
    return _connected(framed, 0, 0)[1:-1, 1:-1] > 0

"""How far a polygon covers each pixel.

OpenCV and Pillow fill a polygon's outline as if it were a pixel wide, which makes areas too large by half a pixel all
around, and squares that lie exactly on pixels soft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import MaskPixels

# Horizontal lines per row of pixels along which is measured: exactly across, in sixteenths down.
_LINES = 16
# Rows of pixels at a time, which bounds the memory.
_BAND = 256


def polygon_coverage(corners: NDArray[np.float64], width: int, height: int) -> MaskPixels:
    """Coverage 0 to 255, shape (height, width), of the polygon with these corners, shape (n, 2), by the even-odd rule.

    The polygon may reach beyond the pixels.
    """
    import numpy as np

    coverage = np.zeros((height, width), np.uint8)
    for row in range(0, height, _BAND):
        band = coverage[row : row + _BAND]
        band[...] = _band_coverage(corners - (0, row), width, len(band))
    return coverage


def _band_coverage(corners: NDArray[np.float64], width: int, height: int) -> MaskPixels:
    import numpy as np

    lines, xs = _crossings(corners, height * _LINES)
    order = np.lexsort((xs, lines))
    # Each line is crossed an even number of times: inwards, outwards, inwards ...
    direction = np.where(np.arange(len(order)) % 2, -1.0, 1.0)
    inside = np.clip(xs[order], 0, width)
    column = np.floor(inside).astype(np.intp)
    # All pixels right of a crossing gain or lose a line; that with the crossing only what lies right of it.
    cell = lines[order] // _LINES * (width + 2) + column
    part = inside - column
    steps = np.bincount(cell, direction * (1 - part), height * (width + 2))
    steps += np.bincount(cell + 1, direction * part, height * (width + 2))
    covered = steps.reshape(height, width + 2).cumsum(axis=1)[:, :width]
    return np.rint(covered * (255 / _LINES)).astype(np.uint8)


def _crossings(corners: NDArray[np.float64], count: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where the outline crosses the first `count` lines: for each crossing the line's number, and x."""
    import numpy as np

    start, end = corners, np.roll(corners, -1, axis=0)
    upper, lower = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    # Line k lies at y = (k + 1/2) / _LINES. An edge takes its upper end and leaves its lower end to the next one.
    first = np.clip(np.ceil(upper * _LINES - 0.5), 0, count).astype(np.intp)
    after = np.clip(np.ceil(lower * _LINES - 0.5), 0, count).astype(np.intp)
    lengths = after - first
    edge = np.repeat(np.arange(len(corners)), lengths)
    lines = np.arange(len(edge)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + first[edge]
    share = ((lines + 0.5) / _LINES - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
    return lines, start[edge, 0] + share * (end[edge, 0] - start[edge, 0])

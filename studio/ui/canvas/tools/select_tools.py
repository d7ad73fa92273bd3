"""Areas that the picture or the mask already has: of one colour, or enclosed by painted lines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from studio.core.geometry import Rect
from studio.core.language import tr
from studio.imaging import selection
from studio.ui.canvas.tools.area_tools import add_or_subtract
from studio.ui.canvas.tools.tool import Easel, Pointer, Tool, ToolName

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels

_PAINTED = 128
"""Mask values from here on count as painted."""
_UNDER_THE_EDGE = 2
"""Pixels by which a filling reaches under the soft edge around it, so that no fringe stays."""


class MagicSelect(Tool):
    """Adds what has the colour of the place that is clicked. Ctrl or Alt subtracts."""

    name = ToolName.MAGIC_SELECT

    def press(self, at: Pointer) -> None:
        place = _pixel(self._easel, at)
        if place is None:
            return
        options = self._easel.options
        coverage = selection.select_by_colour(
            self._easel.canvas.picture, *place, options.tolerance, contiguous=options.contiguous
        )
        _put(self._easel, coverage, tr("Magic select"), subtract=at.subtracts)


class FillInside(Tool):
    """Fills what painted lines enclose around the place that is clicked. Ctrl or Alt empties a painted place."""

    name = ToolName.FILL_INSIDE

    def press(self, at: Pointer) -> None:
        place = _pixel(self._easel, at)
        if place is None:
            return
        mask = self._easel.canvas.mask
        is_painted = bool(mask[place[1], place[0]] >= _PAINTED)
        if is_painted != at.subtracts:
            return
        around = _joined(mask, *place)
        _put(self._easel, selection.grown(around, _UNDER_THE_EDGE), tr("Fill inside"), subtract=at.subtracts)


def _pixel(easel: Easel, at: Pointer) -> tuple[int, int] | None:
    """The pixel of the picture under the pointer."""
    x, y = math.floor(at.x), math.floor(at.y)
    return (x, y) if 0 <= x < easel.canvas.width and 0 <= y < easel.canvas.height else None


def _joined(mask: MaskPixels, x: int, y: int) -> MaskPixels:
    """255 where one comes from (x, y) without crossing the edge of what is painted."""
    import cv2
    import numpy as np

    painted = (mask >= _PAINTED).astype(np.uint8)
    reached = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), np.uint8)  # OpenCV wants a frame of one pixel
    cv2.floodFill(painted, reached, (x, y), (0,), flags=4 | 255 << 8 | cv2.FLOODFILL_MASK_ONLY)
    return np.ascontiguousarray(reached[1:-1, 1:-1])


def _put(easel: Easel, coverage: MaskPixels, label: str, *, subtract: bool) -> None:
    """Into the mask, as small an area as has any of it."""
    import cv2

    area = Rect(*cv2.boundingRect(coverage))
    if not area.is_empty:
        part = coverage[area.top : area.bottom, area.left : area.right]
        add_or_subtract(easel, area, part, label, subtract=subtract)

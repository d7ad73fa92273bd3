"""Half-size copies of an array, so that a picture seen from afar is smooth and quick to draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.core.geometry import Rect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SMALL_VIEW = 256
"""Pixels."""


class Pyramid:
    """Level 0 is the array itself, without a copy; each further level has half its width and height (rounded up).

    Levels are made when they are first asked for, and brought up to date where the array has changed.

    Args:
        source: gives the array, uint8, (h, w) or (h, w, 3): the same one each time.
    """

    def __init__(self, source: Callable[[], NDArray[np.uint8]]) -> None:
        self._source = source
        self._levels: list[NDArray[np.uint8]] = []
        self._changed: list[Rect] = []

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of level 0."""
        array = self._source()
        return array.shape[1], array.shape[0]

    def prepare(self) -> None:
        """Make the levels that a whole large picture is seen through, down to that of a small window."""
        number, side = 0, max(self.size)
        while side > _SMALL_VIEW:
            number, side = number + 1, side // 2
        self.level(number)

    def note_change(self, area: Rect) -> None:
        """The array has changed within `area` (in its own pixels)."""
        self._changed = [changed.union(area) for changed in self._changed]

    def level(self, number: int) -> NDArray[np.uint8]:
        if number == 0:
            return self._source()
        larger = self.level(number - 1)
        if len(self._levels) < number:
            self._levels.append(_halved(larger))
            self._changed.append(Rect(0, 0, 0, 0))
        changed = self._changed[number - 1]
        if not changed.is_empty:
            _halve_again(larger, self._levels[number - 1], _in_level(changed, number))
            self._changed[number - 1] = Rect(0, 0, 0, 0)
        return self._levels[number - 1]


def _in_level(area: Rect, number: int) -> Rect:
    """The pixels of a level that `area` of level 0 goes into."""
    scale = 2**number
    left, top = area.left // scale, area.top // scale
    return Rect(left, top, -(-area.right // scale) - left, -(-area.bottom // scale) - top)


def _halved(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import numpy as np

    height, width = array.shape[:2]
    half = np.empty(((height + 1) // 2, (width + 1) // 2, *array.shape[2:]), np.uint8)
    _halve_again(array, half, Rect(0, 0, half.shape[1], half.shape[0]))
    return half


def _halve_again(larger: NDArray[np.uint8], half: NDArray[np.uint8], area: Rect) -> None:
    """Write the mean of each 2 x 2 pixels into `area` of `half`. A last odd row or column counts twice."""
    import cv2

    area = area.clipped(half.shape[1], half.shape[0])
    if area.is_empty:
        return
    part = larger[2 * area.top : 2 * area.bottom, 2 * area.left : 2 * area.right]
    missing_rows, missing_columns = 2 * area.height - part.shape[0], 2 * area.width - part.shape[1]
    if missing_rows or missing_columns:
        part = cv2.copyMakeBorder(part, 0, missing_rows, 0, missing_columns, cv2.BORDER_REPLICATE)
    half[area.top : area.bottom, area.left : area.right] = cv2.resize(
        part, (area.width, area.height), interpolation=cv2.INTER_AREA
    )

"""A picture or a mask on the screen, in tiles that are drawn again only where something changed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from studio.core.geometry import Rect
from studio.imaging.pyramid import Pyramid
from studio.ui.canvas.viewport import Viewport

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Colouring = Callable[[NDArray[np.uint8]], NDArray[np.uint32] | None]
    """From resampled values, (h, w) or (h, w, 3), to premultiplied 0xAARRGGBB, (h, w); None where nothing is seen."""

TILE = 128
"""Side of a tile in device pixels. A tile is always drawn whole, so what is on the screen never depends on the order
in which its parts were drawn."""

_CRISP_ABOVE = 8.0
_KEPT_TILES = 1024
"""Of all tiles, 64 MB: several screens of them, for panning back and forth."""


@dataclass(frozen=True, slots=True)
class _Tile:
    image: QImage
    pixels: NDArray[np.uint32]
    """What `image` shows: it does not keep the memory alive itself."""


class TiledLayer:
    """Draws an array that covers the whole picture, whatever its own size.

    Args:
        pyramid: of the array; it knows of its changes. Asked for each time, as it may be another one.
        colouring: how its values look.
        opaque: nothing below it is seen.
    """

    def __init__(self, pyramid: Callable[[], Pyramid], colouring: Colouring, *, opaque: bool) -> None:
        self._pyramid = pyramid
        self._colouring = colouring
        self._format = QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied
        self._tiles: dict[tuple[int, int], _Tile | None] = {}
        self._drawn_for: tuple[float, int, int] = (0.0, 0, 0)

    def forget(self) -> None:
        """The array is another one, or looks different."""
        self._tiles.clear()

    def note_change(self, area: Rect, zoom: float) -> None:
        """The array has changed within `area`, given in pixels of the picture (and of the array: of one size)."""
        reach = 2 ** (_level_for(1 / zoom) + 1)
        shown = _scaled(area.grown(reach), zoom)
        for column in range(shown.left // TILE, (shown.right - 1) // TILE + 1):
            for row in range(shown.top // TILE, (shown.bottom - 1) // TILE + 1):
                self._tiles.pop((column, row), None)

    def draw(self, painter: QPainter, viewport: Viewport, width: int, height: int, region: QRect) -> None:
        """Draw what lies in `region` of the view (device pixels) of a picture of width x height."""
        if self._drawn_for != (viewport.zoom, width, height):
            self._drawn_for = (viewport.zoom, width, height)
            self._tiles.clear()
        whole = shown_size(viewport.zoom, width, height)
        part = Rect(region.x() - viewport.left, region.y() - viewport.top, region.width(), region.height())
        part = part.intersection(whole)
        if part.is_empty:
            return
        columns = range(part.left // TILE, (part.right - 1) // TILE + 1)
        rows = range(part.top // TILE, (part.bottom - 1) // TILE + 1)
        self._make_room(columns, rows)
        for row in rows:
            for column in columns:
                tile = self._tile(column, row, whole)
                if tile is not None:
                    place = QPoint(viewport.left + column * TILE, viewport.top + row * TILE)
                    painter.drawImage(place, tile.image)

    def _tile(self, column: int, row: int, whole: Rect) -> _Tile | None:
        if (column, row) not in self._tiles:
            area = Rect(column * TILE, row * TILE, TILE, TILE).intersection(whole)
            self._tiles[column, row] = self._drawn(area)
        return self._tiles[column, row]

    def _drawn(self, area: Rect) -> _Tile | None:
        pixels = self._colouring(seen(self._pyramid(), *self._drawn_for, area))
        if pixels is None:
            return None
        image = QImage(pixels.data, area.width, area.height, area.width * 4, self._format)
        return _Tile(image, pixels)

    def _make_room(self, columns: range, rows: range) -> None:
        if len(self._tiles) > _KEPT_TILES:
            self._tiles = {
                place: tile for place, tile in self._tiles.items() if place[0] in columns and place[1] in rows
            }


def seen(pyramid: Pyramid, zoom: float, width: int, height: int, area: Rect) -> NDArray[np.uint8]:
    """How an array that covers a picture of width x height looks in `area` (device pixels from its corner)."""
    own_width, own_height = pyramid.size
    across, down = own_width / width / zoom, own_height / height / zoom
    number = _level_for(min(across, down))
    return _resampled(pyramid.level(number), across / 2**number, down / 2**number, area)


def _resampled(array: NDArray[np.uint8], pixels_across: float, pixels_down: float, area: Rect) -> NDArray[np.uint8]:
    """Values of `array` for the device pixels of `area`, where one of them is so many pixels of the array wide and
    high: crisp from `_CRISP_ABOVE` device pixels to a pixel on, bilinear below."""
    import cv2
    import numpy as np

    height, width = array.shape[:2]
    first_x, first_y = (area.left + 0.5) * pixels_across - 0.5, (area.top + 0.5) * pixels_down - 0.5
    left, top = max(0, math.floor(first_x) - 1), max(0, math.floor(first_y) - 1)
    right = min(width, math.ceil(first_x + area.width * pixels_across) + 2)
    bottom = min(height, math.ceil(first_y + area.height * pixels_down) + 2)
    part = array[top:bottom, left:right]
    if pixels_across == pixels_down == 1.0:
        inset_x, inset_y = area.left - left, area.top - top
        return part[inset_y : inset_y + area.height, inset_x : inset_x + area.width]
    crisp = pixels_across * _CRISP_ABOVE <= 1
    mapping = np.array([[pixels_across, 0, first_x - left], [0, pixels_down, first_y - top]])
    return cv2.warpAffine(
        part,
        mapping,
        (area.width, area.height),
        flags=(cv2.INTER_NEAREST if crisp else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # pyright: ignore[reportReturnType]  the stubs say any number type


def picture_colouring(values: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """RGB as it is, opaque."""
    import cv2
    import numpy as np

    return cv2.cvtColor(values, cv2.COLOR_RGB2BGRA).view(np.uint32)[..., 0]


def _level_for(pixels_to_a_device_pixel: float) -> int:
    """The smallest level that still has a pixel for each device pixel."""
    return max(0, math.floor(math.log2(pixels_to_a_device_pixel) + 1e-9))


def shown_size(zoom: float, width: int, height: int) -> Rect:
    return Rect(0, 0, max(1, round(width * zoom)), max(1, round(height * zoom)))


def _scaled(area: Rect, zoom: float) -> Rect:
    left, top = math.floor(area.left * zoom), math.floor(area.top * zoom)
    return Rect(left, top, math.ceil(area.right * zoom) - left, math.ceil(area.bottom * zoom) - top)

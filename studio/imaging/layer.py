"""The pixels of one layer: painted in place, remembered in tiles before they change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from studio.core.geometry import Rect
from studio.imaging.pyramid import Pyramid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import MaskPixels

    LayerPixels: TypeAlias = NDArray[np.uint8]
    """uint8, (height, width, 3) of the picture or (height, width) of the mask."""

TILE = 256

Tile: TypeAlias = tuple[int, int]
"""Row and column of a square of 256 x 256 pixels; those at the right and at the bottom may be smaller."""

Paint: TypeAlias = int | tuple[int, int, int]
"""What is painted: a value of the mask, 0 (erased) to 255, or a colour of the picture, RGB."""

NOTHING = Rect(0, 0, 0, 0)


class LayerName(StrEnum):
    PICTURE = "picture"
    MASK = "mask"


@dataclass(frozen=True, slots=True)
class Change:
    """What became different within one tile: what `area` of it held after, less what it held before, modulo 256."""

    area: Rect
    difference: LayerPixels


def tiles_in(area: Rect) -> Iterator[Tile]:
    """The tiles that share a pixel with `area`, row by row."""
    if area.is_empty:
        return
    for row in range(area.top // TILE, (area.bottom - 1) // TILE + 1):
        for column in range(area.left // TILE, (area.right - 1) // TILE + 1):
            yield row, column


def tile_area(tile: Tile) -> Rect:
    row, column = tile
    return Rect(column * TILE, row * TILE, TILE, TILE)


class Layer:
    """`pixels`, which are the layer's own from now on: they are changed in place.

    The first change to a tile keeps what it held; `take_changes` hands out the difference, `revert` goes back.
    """

    def __init__(self, pixels: LayerPixels) -> None:
        self._pixels = pixels
        self.height, self.width = self._pixels.shape[:2]
        self.bounds = Rect(0, 0, self.width, self.height)
        self.view = self._pixels.view()
        self.view.setflags(write=False)
        self._kept: dict[Tile, LayerPixels] = {}
        self._sums: dict[Tile, int] = {}
        self._stale = set(tiles_in(self.bounds))
        self._total = 0
        self.pyramid = Pyramid(lambda: self.view)
        """Half-size copies, for whoever shows the layer; always as the layer is."""

    def prepare(self) -> None:
        """Have ready what showing it needs: worth doing where the layer is made, which is in the background."""
        _ = self.total
        self.pyramid.prepare()

    @property
    def total(self) -> int:
        """The sum of all values. Only tiles that changed since it was last asked for are added up again."""
        for tile in self._stale:
            new = _sum(self._part(tile_area(tile)))
            self._total += new - self._sums.get(tile, 0)
            self._sums[tile] = new
        self._stale.clear()
        return self._total

    def blend(self, area: Rect, coverage: MaskPixels, paint: Paint) -> Rect:
        """Lay `paint` over what the layer held before its changes, as far as `coverage` (of the size of `area`) says.

        Calling it again for the same pixels replaces what it did there: a stroke that grows is painted once, not
        over itself. Returns what may have changed.
        """
        inside = area.intersection(self.bounds)
        for tile in tiles_in(inside):
            part = inside.intersection(tile_area(tile))
            self._blend_in_tile(tile, part, cut(coverage, part, area), paint)
        return inside

    def replace(self, pixels: LayerPixels) -> Rect:
        """Make the layer equal to `pixels`, of the same shape; returns what became different."""
        import numpy as np

        changed = NOTHING
        for tile in tiles_in(self.bounds):
            area = tile_area(tile).intersection(self.bounds)
            new = cut(pixels, area, self.bounds)
            if not np.array_equal(self._part(area), new):
                self._write(tile, area, new)
                changed = changed.union(area)
        return changed

    def take_changes(self) -> list[Change]:
        """What changed since the last call (or since `revert`)."""
        changes = [self._change(tile, before) for tile, before in self._kept.items()]
        self._kept.clear()
        return [change for change in changes if not change.area.is_empty]

    def revert(self) -> Rect:
        """Take back what changed since `take_changes`; returns where that was."""
        changed = NOTHING
        for tile, before in self._kept.items():
            area = tile_area(tile).intersection(self.bounds)
            self._part(area)[...] = before
            self._note_change(area)
            changed = changed.union(area)
        self._kept.clear()
        return changed

    def apply(self, change: Change) -> None:
        """Do what `take_changes` gave out once more. Is not a change of its own, as `take_back` is not."""
        part = self._part(change.area)
        part += change.difference
        self._note_change(change.area)

    def take_back(self, change: Change) -> None:
        part = self._part(change.area)
        part -= change.difference
        self._note_change(change.area)

    def resized(self, left: int, top: int, right: int, bottom: int) -> Layer:
        """A layer with so many pixels more on each side, all 0; negative: that many less."""
        import numpy as np

        shape = (self.height + top + bottom, self.width + left + right, *self._pixels.shape[2:])
        pixels = np.zeros(shape, np.uint8)
        pixels[max(0, top) : shape[0] - max(0, bottom), max(0, left) : shape[1] - max(0, right)] = self._pixels[
            max(0, -top) : self.height - max(0, -bottom), max(0, -left) : self.width - max(0, -right)
        ]
        return Layer(pixels)

    def _part(self, area: Rect) -> LayerPixels:
        return self._pixels[area.top : area.bottom, area.left : area.right]

    def _before(self, tile: Tile) -> LayerPixels:
        """What the tile held before its changes."""
        before = self._kept.get(tile)
        if before is None:
            before = self._kept[tile] = self._part(tile_area(tile)).copy()
        return before

    def _blend_in_tile(self, tile: Tile, area: Rect, coverage: MaskPixels, paint: Paint) -> None:
        before = cut(self._before(tile), area, tile_area(tile))
        self._write(tile, area, _blended(before, coverage, paint))

    def _write(self, tile: Tile, area: Rect, pixels: LayerPixels) -> None:
        self._before(tile)
        self._part(area)[...] = pixels
        self._note_change(area)

    def _note_change(self, area: Rect) -> None:
        self._stale.update(tiles_in(area))
        self.pyramid.note_change(area)

    def _change(self, tile: Tile, before: LayerPixels) -> Change:
        import cv2
        import numpy as np

        area = tile_area(tile).intersection(self.bounds)
        difference = np.subtract(self._part(area), before)
        channels = difference.size // (area.width * area.height)
        left, top, width, height = cv2.boundingRect(difference.reshape(area.height, area.width * channels))
        right = -(-(left + width) // channels)
        left //= channels
        changed = Rect(area.left + left, area.top + top, right - left, height)
        return Change(changed, cut(difference, changed, area))


def cut(pixels: LayerPixels, area: Rect, frame: Rect) -> LayerPixels:
    """The part of `pixels`, which fill `frame`, that lies in `area`."""
    top, left = area.top - frame.top, area.left - frame.left
    return pixels[top : top + area.height, left : left + area.width]


def _blended(base: LayerPixels, coverage: MaskPixels, paint: Paint) -> LayerPixels:
    """(base (255 - coverage) + paint coverage) / 255, rounded: exactly `paint` at 255, exactly `base` at 0."""
    import cv2
    import numpy as np

    # Rows of single values: numpy is at its slowest where the last axis has 3 items.
    values, colour = base.reshape(len(base), -1), np.asarray(paint, np.uint16)
    if base.ndim == 3:
        coverage = np.asarray(cv2.merge([coverage] * 3), np.uint8).reshape(values.shape)
        colour = np.tile(colour, base.shape[1])
    weight = coverage.astype(np.uint16)
    mixed = values * (255 - weight)
    mixed += weight * colour
    mixed += 127
    mixed //= 255
    return mixed.astype(np.uint8).reshape(base.shape)


def _sum(pixels: LayerPixels) -> int:
    import cv2

    return int(sum(cv2.sumElems(pixels)))

"""A stroke: dabs at even distances along the pointer's path, laid over a layer as one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from studio.core.geometry import Rect
from studio.imaging.brush import Brush, BrushTip, StrokePoint
from studio.imaging.layer import NOTHING, TILE, Layer, Paint, Tile, tile_area, tiles_in

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels


class StrokePath:
    """Where the dabs go: evenly along straight lines between the points, whatever distances those have.

    What is left of a line after its last dab counts for the next line.
    """

    def __init__(self, brush: Brush, start: StrokePoint) -> None:
        self._brush = brush
        self.end = start
        self._to_next_dab = brush.step(start.pressure)

    def dabs_to(self, point: StrokePoint) -> list[StrokePoint]:
        """The dabs between the last point and this one; pressure changes evenly on the way."""
        start, length = self.end, math.hypot(point.x - self.end.x, point.y - self.end.y)
        dabs: list[StrokePoint] = []
        travelled = self._to_next_dab
        while travelled <= length:
            dabs.append(_between(start, point, travelled / length))
            travelled += self._brush.step(dabs[-1].pressure)
        self._to_next_dab = travelled - length
        self.end = point
        return dabs


class Stroke:
    """One stroke on a layer, from its first dab. Every method returns what may have changed."""

    def __init__(self, layer: Layer, tip: BrushTip, paint: Paint, start: StrokePoint) -> None:
        self._layer = layer
        self._tip = tip
        self._paint: Paint = paint
        self._path = StrokePath(tip.brush, start)
        self._covered: dict[Tile, MaskPixels] = {}
        self.changed = self._paint_dabs([start])

    def continue_to(self, point: StrokePoint) -> Rect:
        return self._paint_dabs(self._path.dabs_to(point))

    def finish(self) -> Rect:
        """One more dab where the pointer is: the last one may lie nearly a whole step behind."""
        return self._paint_dabs([self._path.end])

    def _paint_dabs(self, dabs: list[StrokePoint]) -> Rect:
        changed = NOTHING
        for tile, area in self._cover(dabs).items():
            frame = tile_area(tile)
            top, left = area.top - frame.top, area.left - frame.left
            coverage = self._covered[tile][top : top + area.height, left : left + area.width]
            changed = changed.union(self._layer.blend(area, coverage, self._paint))
        return changed

    def _cover(self, dabs: list[StrokePoint]) -> dict[Tile, Rect]:
        """Add the dabs to what the stroke covers, by maximum; returns the part of each tile that they lie on."""
        touched: dict[Tile, Rect] = {}
        for dab in dabs:
            area, coverage = self._tip.dab(dab)
            for tile in tiles_in(area.intersection(self._layer.bounds)):
                part = area.intersection(tile_area(tile)).intersection(self._layer.bounds)
                self._cover_tile(tile, part, coverage, area)
                touched[tile] = touched.get(tile, NOTHING).union(part)
        return touched

    def _cover_tile(self, tile: Tile, part: Rect, coverage: MaskPixels, area: Rect) -> None:
        import numpy as np

        covered = self._covered.get(tile)
        if covered is None:
            covered = self._covered[tile] = np.zeros((TILE, TILE), np.uint8)
        frame = tile_area(tile)
        target = covered[
            part.top - frame.top : part.bottom - frame.top, part.left - frame.left : part.right - frame.left
        ]
        source = coverage[part.top - area.top : part.bottom - area.top, part.left - area.left : part.right - area.left]
        np.maximum(target, source, out=target)


def _between(a: StrokePoint, b: StrokePoint, share: float) -> StrokePoint:
    return StrokePoint(
        a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share, a.pressure + (b.pressure - a.pressure) * share
    )

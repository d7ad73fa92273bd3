"""A stroke: dabs at even distances along the pointer's path, laid over a layer as one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from studio.core.geometry import Rect
from studio.imaging.brush import Brush, BrushTip, StrokePoint
from studio.imaging.layer import NOTHING, TILE, Layer, Paint, Tile, cut, tile_area, tiles_in

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
            coverage = cut(self._covered[tile], area, tile_area(tile))
            changed = changed.union(self._layer.blend(area, coverage, self._paint))
        return changed

    def _cover(self, dabs: list[StrokePoint]) -> dict[Tile, Rect]:
        """Add the dabs to what the stroke covers, by maximum; returns the part of each tile that got more."""
        grown: dict[Tile, Rect] = {}
        for dab in dabs:
            area, coverage = self._tip.dab(dab)
            inside = area.intersection(self._layer.bounds)
            for tile in tiles_in(inside):
                part = inside.intersection(tile_area(tile))
                if self._cover_tile(tile, part, cut(coverage, part, area)):
                    grown[tile] = grown.get(tile, NOTHING).union(part)
        return grown

    def _cover_tile(self, tile: Tile, area: Rect, coverage: MaskPixels) -> bool:
        """False if the stroke covers everything there already: within large brushes that is most."""
        import numpy as np

        covered = self._covered.get(tile)
        if covered is None:
            covered = self._covered[tile] = np.zeros((TILE, TILE), np.uint8)
        target = cut(covered, area, tile_area(tile))
        if not np.any(coverage > target):
            return False
        np.maximum(target, coverage, out=target)
        return True


def _between(a: StrokePoint, b: StrokePoint, share: float) -> StrokePoint:
    return StrokePoint(
        a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share, a.pressure + (b.pressure - a.pressure) * share
    )

"""The pixels of a canvas at one step, in tiles: stored as the patches of an edit are, packed, as if each had been black
before."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from studio.core.geometry import Rect
from studio.core.pixels import frozen_pixels
from studio.gallery.canvas_edits import Read, grown_size, patch_of, patch_row, sides_of
from studio.gallery.database import Value
from studio.imaging.history import Edit, Growth, TilePatch, change_of
from studio.imaging.layer import Change, Layer, LayerName, Tile, cut, tile_area, tiles_in

if TYPE_CHECKING:
    from studio.imaging.layer import LayerPixels


class CanvasReplaced(Exception):
    """Another canvas takes the place of the one that is being written."""


class CanvasBase:
    """The stored pixels; only the tiles that are asked for are read, only those that changed are written."""

    def __init__(self, read: Read, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._read = read
        self._tiles: dict[tuple[LayerName, Tile], LayerPixels] = {}
        self._changed: set[tuple[LayerName, Tile]] = set()
        self._is_cut_anew = False

    def move(self, edits: Sequence[Edit], begin_index: int, end_index: int) -> None:
        """Do the edits from `begin_index` to `end_index`, or take them back if that comes first."""
        for edit in edits[begin_index:end_index]:
            self._change_all(edit.cleared or (), Layer.apply)
            if edit.growth is not None:
                self._resize(edit.growth)
            self._change_all(edit.patches, Layer.apply)
        for edit in reversed(edits[end_index:begin_index]):
            self._change_all(edit.patches, Layer.take_back)
            if edit.growth is not None:
                self._resize(edit.growth.reversed())
            self._change_all(edit.cleared or (), Layer.take_back)

    def put(self, name: LayerName, pixels: LayerPixels) -> None:
        """Cut `pixels`, of the base's size, into tiles, which are parts of that memory: nobody else may change it."""
        bounds = Rect(0, 0, self.width, self.height)
        for tile in tiles_in(bounds):
            self._tiles[name, tile] = cut(pixels, tile_area(tile).intersection(bounds), bounds)
            self._changed.add((name, tile))

    def whole(self, name: LayerName) -> LayerPixels:
        """All tiles together, read-only. Raises ValueError for one that is missing or damaged."""
        import numpy as np

        bounds = Rect(0, 0, self.width, self.height)
        if any((name, tile) not in self._tiles for tile in tiles_in(bounds)):
            self._read_tiles("layer = ?", (name.value,))
        pixels = np.empty((self.height, self.width, *_shape(name)), np.uint8)
        for tile in tiles_in(bounds):
            cut(pixels, tile_area(tile).intersection(bounds), bounds)[...] = self._tile(name, tile)
        return frozen_pixels(pixels)

    def write(self, connection: sqlite3.Connection, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Store what changed. Raises CanvasReplaced before a tile if it `is_wanted` no longer."""
        if self._is_cut_anew:
            connection.execute("DELETE FROM tile")
        for name, tile in self._changed:
            if not is_wanted():
                raise CanvasReplaced
            pixels = self._tiles[name, tile]
            area = Rect(*_corner(tile), pixels.shape[1], pixels.shape[0])
            patch = TilePatch(name, area, pixels.tobytes()).packed()
            connection.execute("INSERT OR REPLACE INTO tile VALUES (?, ?, ?, ?, ?, ?, ?)", patch_row(patch))

    def _change_all(self, patches: Sequence[TilePatch], how: Callable[[Layer, Change], None]) -> None:
        for patch in patches:
            self._change(patch, how)

    def _change(self, patch: TilePatch, how: Callable[[Layer, Change], None]) -> None:
        difference = change_of(patch).difference
        for tile in tiles_in(patch.area):
            left, top = _corner(tile)
            area = patch.area.intersection(tile_area(tile))
            in_tile = Rect(area.left - left, area.top - top, area.width, area.height)
            how(Layer(self._tile(patch.layer, tile)), Change(in_tile, cut(difference, area, patch.area)))
            self._changed.add((patch.layer, tile))

    def _resize(self, by: Growth) -> None:
        layers = {name: Layer(self.whole(name)).resized(*sides_of(by)) for name in LayerName}
        self.width, self.height = grown_size((self.width, self.height), by, 1)
        self._tiles.clear()
        self._changed.clear()
        self._is_cut_anew = True
        for name, layer in layers.items():
            self.put(name, layer.view.copy())  # the view is read-only

    def _tile(self, name: LayerName, tile: Tile) -> LayerPixels:
        if (name, tile) not in self._tiles:
            self._read_tiles("layer = ? AND x = ? AND y = ?", (name.value, *_corner(tile)))
        pixels = self._tiles.get((name, tile))
        area = tile_area(tile).clipped(self.width, self.height)
        if pixels is None or pixels.shape[:2] != (area.height, area.width):
            raise ValueError("a tile is missing or of the wrong size")
        return pixels

    def _read_tiles(self, condition: str, values: Sequence[Value]) -> None:
        """Those that are not here yet."""
        columns = "layer, x, y, width, height, checksum, content"
        for row in self._read(f"SELECT {columns} FROM tile WHERE {condition}", values):
            patch = patch_of(row)
            for tile in tiles_in(patch.area):  # just one
                if (patch.layer, tile) not in self._tiles:
                    self._tiles[patch.layer, tile] = change_of(patch).difference.copy()


def _corner(tile: Tile) -> tuple[int, int]:
    area = tile_area(tile)
    return area.left, area.top


def _shape(name: LayerName) -> tuple[int, ...]:
    return (3,) if name is LayerName.PICTURE else ()

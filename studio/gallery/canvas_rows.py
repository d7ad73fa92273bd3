"""The rows of `canvas.db`: pixels of one step (the base, in tiles) and the edits before and after it.

Functions that take a connection are called within a transaction. Tiles are stored as the patches of an edit are:
packed, as if each had been black before.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, cast

from studio.core.geometry import Rect
from studio.core.picture_id import PictureId
from studio.core.pixels import frozen_pixels
from studio.gallery.database import Row, Schema, Value
from studio.imaging.history import Edit, Growth, TilePatch, change_of
from studio.imaging.layer import Change, Layer, LayerName, Tile, cut, tile_area, tiles_in

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels
    from studio.imaging.layer import LayerPixels

_PATCH_COLUMNS = """
    layer TEXT NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    content BLOB NOT NULL"""

SCHEMA = Schema(
    application_id=0x4C534376,  # "LSCv"
    migrations=(
        (
            """CREATE TABLE canvas (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                width INTEGER NOT NULL,
                height INTEGER NOT NULL,
                base_step INTEGER NOT NULL,
                position INTEGER NOT NULL,
                candidates TEXT NOT NULL,
                view_state TEXT NOT NULL
            ) STRICT""",
            f"CREATE TABLE tile ({_PATCH_COLUMNS}, PRIMARY KEY (layer, x, y)) STRICT",
            """CREATE TABLE edit (
                step INTEGER PRIMARY KEY,
                label TEXT NOT NULL,
                growth TEXT,
                stored_bytes INTEGER NOT NULL,
                pixel_bytes INTEGER NOT NULL
            ) STRICT""",
            f"""CREATE TABLE patch (
                step INTEGER NOT NULL REFERENCES edit ON DELETE CASCADE,
                number INTEGER NOT NULL,
                {_PATCH_COLUMNS},
                PRIMARY KEY (step, number)
            ) STRICT""",
        ),
        (
            # How many of the edit's patches, from the first on, come before its growth; NULL: it is an `extension`.
            "ALTER TABLE edit ADD COLUMN cleared_patches INTEGER",
        ),
        (
            # The ids of the canvas' parent picture before and after, as JSON; NULL: it stayed.
            "ALTER TABLE edit ADD COLUMN parents TEXT",
        ),
    ),
)

_MOST_HISTORY_BYTES = 192 * 2**20
"""Of packed edits: what is read again in well under a second."""
_MOST_BYTES_TO_REDO = 16 * 2**20
"""Of pixels between base and position: what is done again in a tenth of a second."""
_EDITS_AT_ONCE = 4
"""By which the base moves in one transaction: an edit made meanwhile waits for it."""
_LAYERS = {name.value: name for name in LayerName}
_CHANNELS = {LayerName.PICTURE: 3, LayerName.MASK: 1}

Read: TypeAlias = Callable[[str, Sequence[Value]], Iterable[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCanvas:
    """A canvas as it was: the pixels after the first `position` of `edits`.

    Make it again with `canvas = Canvas(stored.picture, stored.mask, listener=store)` and
    `canvas.history.load(stored.edits, stored.position)`.
    """

    picture: Pixels
    mask: MaskPixels
    edits: tuple[Edit, ...]
    position: int
    candidates: tuple[PictureId, ...]
    view: Mapping[str, object]


# --- writing ---


def begin(connection: sqlite3.Connection, picture: Pixels, mask: MaskPixels) -> None:
    """A new canvas at step 0, in place of the one that was kept."""
    clear(connection)
    height, width = mask.shape
    connection.execute("INSERT INTO canvas VALUES (1, ?, ?, 0, 0, '[]', '{}')", (width, height))
    base = _Base(_reader(connection), width, height)
    base.put(LayerName.PICTURE, picture)
    base.put(LayerName.MASK, mask)
    base.write(connection)


def clear(connection: sqlite3.Connection) -> None:
    """As if there had never been a canvas."""
    for table in ("patch", "edit", "tile", "canvas"):
        connection.execute(f"DELETE FROM {table}")


def append(connection: sqlite3.Connection, edit: Edit, step: int) -> None:
    """`edit` was done as this step; what lay at or beyond it is gone."""
    if _state(connection)[0] > step:
        _move_base(connection, step)
    connection.execute("DELETE FROM edit WHERE step >= ?", (step,))
    packed = edit.packed()
    growth = None if edit.growth is None else json.dumps(_sides(edit.growth))
    cleared = None if edit.cleared is None else len(edit.cleared)
    stored_bytes = sum(len(patch.content) for patch in packed.all_patches)
    pixel_bytes = sum(patch.area.width * patch.area.height * _CHANNELS[patch.layer] for patch in edit.all_patches)
    parents = None if edit.parents is None else json.dumps(edit.parents)
    values = (step, edit.label, growth, stored_bytes, pixel_bytes, cleared, parents)
    connection.execute("INSERT INTO edit VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    rows = [(step, number, *_patch_row(patch)) for number, patch in enumerate(packed.all_patches)]
    connection.executemany("INSERT INTO patch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    set_position(connection, step + 1)


def set_position(connection: sqlite3.Connection, step: int) -> None:
    """The edits before this step are done."""
    connection.execute("UPDATE canvas SET position = ?", (step,))


def set_candidates(connection: sqlite3.Connection, pictures: Sequence[PictureId]) -> None:
    connection.execute("UPDATE canvas SET candidates = ?", (json.dumps(list(pictures)),))


def set_view(connection: sqlite3.Connection, view_json: str) -> None:
    connection.execute("UPDATE canvas SET view_state = ?", (view_json,))


# --- tidying up: each does a little, and says whether it did anything ---


def move_base_on(connection: sqlite3.Connection) -> bool:
    """Bring the base nearer to the position, where much lies between them."""
    base_step, position = _state(connection)
    between = "SELECT total(pixel_bytes) FROM edit WHERE step >= ? AND step < ?"
    (pixel_bytes,) = connection.execute(between, (min(base_step, position), max(base_step, position))).fetchone()
    if pixel_bytes <= _MOST_BYTES_TO_REDO:
        return False
    distance = max(-_EDITS_AT_ONCE, min(_EDITS_AT_ONCE, position - base_step))
    _move_base(connection, base_step + distance)
    return True


def forget_oldest(connection: sqlite3.Connection) -> bool:
    """Delete the oldest edit where all take too much room: it cannot be undone after a restart."""
    base_step, _ = _state(connection)
    oldest, stored_bytes = connection.execute("SELECT min(step), total(stored_bytes) FROM edit").fetchone()
    if oldest is None or stored_bytes <= _MOST_HISTORY_BYTES or oldest >= base_step:
        return False
    connection.execute("DELETE FROM edit WHERE step = ?", (oldest,))
    return True


# --- reading ---


def read_canvas(read: Read) -> tuple[StoredCanvas, int] | None:
    """The canvas and the step of its first edit.

    Raises:
        ValueError: something of it is damaged.
    """
    for width, height, base_step, position, candidates, view in _canvas_rows(read):
        with_steps = dict(_read_edits(read, "1", ()))
        first, edits = min(with_steps, default=base_step), tuple(with_steps.values())
        if list(with_steps) != list(range(first, first + len(edits))):
            raise ValueError("steps are missing")
        base_index, index = base_step - first, position - first
        if not (0 <= base_index <= len(edits) and 0 <= index <= len(edits)):
            raise ValueError("the steps do not fit together")
        base = _Base(read, width, height)
        _check_areas(edits, base_index, (width, height))
        base.move(edits, base_index, index)
        return _stored(base, edits, index, candidates, view), first
    return None


def read_base(read: Read) -> StoredCanvas | None:
    """The canvas without its history, as it was some edits ago: for when those are damaged. Raises ValueError."""
    for width, height, _base_step, _position, candidates, view in _canvas_rows(read):
        return _stored(_Base(read, width, height), (), 0, candidates, view)
    return None


def _stored(base: _Base, edits: tuple[Edit, ...], position: int, candidates: str, view: str) -> StoredCanvas:
    return StoredCanvas(
        picture=base.whole(LayerName.PICTURE),
        mask=base.whole(LayerName.MASK),
        edits=edits,
        position=position,
        candidates=tuple(PictureId(picture) for picture in cast("list[str]", json.loads(candidates))),
        view=cast("dict[str, object]", json.loads(view)),
    )


def _canvas_rows(read: Read) -> list[tuple[int, int, int, int, str, str]]:
    rows = read("SELECT width, height, base_step, position, candidates, view_state FROM canvas", ())
    return cast("list[tuple[int, int, int, int, str, str]]", list(rows))  # a STRICT table


def _state(connection: sqlite3.Connection) -> tuple[int, int]:
    """Base step and position; 0 and 0 if there is no canvas."""
    row = connection.execute("SELECT base_step, position FROM canvas").fetchone()
    return row or (0, 0)


def _reader(connection: sqlite3.Connection) -> Read:
    return connection.execute


def _read_edits(read: Read, condition: str, values: Sequence[Value]) -> Iterator[tuple[int, Edit]]:
    """In the order of their steps. Raises ValueError for one that is damaged."""
    patches: dict[int, list[TilePatch]] = {}
    order = f"FROM patch WHERE {condition} ORDER BY step, number"
    for step, *row in read(f"SELECT step, layer, x, y, width, height, checksum, content {order}", values):
        patches.setdefault(cast("int", step), []).append(_patch(row))
    columns = "step, label, growth, cleared_patches, parents"
    for row in read(f"SELECT {columns} FROM edit WHERE {condition} ORDER BY step", values):
        step, label, growth, cleared, parents = cast("tuple[int, str, str | None, int | None, str | None]", row)
        edit = _edit(label, patches.get(step, []), growth, cleared)
        yield step, edit if parents is None else replace(edit, parents=_parents(parents))


def _edit(label: str, patches: list[TilePatch], growth: str | None, cleared: int | None) -> Edit:
    """Raises ValueError for a canvas that shrank without having been cleared, and for what was cleared by halves."""
    sides = None if growth is None else Growth(*json.loads(growth))
    if cleared is None:
        if sides is not None and min(_sides(sides)) < 0:
            raise ValueError("a canvas shrank without a reason")
        return Edit(label=label, patches=tuple(patches), growth=sides)
    if sides is None or not 0 <= cleared <= len(patches):
        raise ValueError("a canvas was cleared without a reason")
    return Edit(label=label, patches=tuple(patches[cleared:]), growth=sides, cleared=tuple(patches[:cleared]))


def _parents(text: str) -> tuple[PictureId | None, PictureId | None]:
    names: object = json.loads(text)
    if not isinstance(names, list):
        raise ValueError("a canvas has no parents")
    before, after = (None if name is None else PictureId(str(name)) for name in cast("list[object]", names))
    return before, after


def _patch_row(patch: TilePatch) -> Row:
    area = patch.area
    return (patch.layer.value, area.left, area.top, area.width, area.height, zlib.crc32(patch.content), patch.content)


def _patch(row: Sequence[Value]) -> TilePatch:
    layer, x, y, width, height, checksum, content = row
    if not isinstance(content, bytes) or zlib.crc32(content) != checksum:
        raise ValueError("a patch is damaged")
    area = Rect(*cast("tuple[int, int, int, int]", (x, y, width, height)))
    name = _LAYERS.get(str(layer))
    if name is None:
        raise ValueError(f"a patch of {layer!r}")
    return TilePatch(name, area, content, is_packed=True)


def _check_areas(edits: Sequence[Edit], base_index: int, size: tuple[int, int]) -> None:
    """Every patch lies within the canvas as it was at its step: undo would fail otherwise. Raises ValueError."""
    width, height = size
    for edit in reversed(edits[:base_index]):
        _check_patches(edit.patches, width, height)
        width, height = _grown((width, height), edit.growth, -1)
        _check_patches(edit.cleared or (), width, height)
    width, height = size
    for edit in edits[base_index:]:
        _check_patches(edit.cleared or (), width, height)
        width, height = _grown((width, height), edit.growth, 1)
        _check_patches(edit.patches, width, height)


def _check_patches(patches: Sequence[TilePatch], width: int, height: int) -> None:
    for patch in patches:
        area = patch.area
        inside = 0 <= area.left < area.right <= width and 0 <= area.top < area.bottom <= height
        if not inside:
            raise ValueError("a patch lies outside of the canvas")


def _grown(size: tuple[int, int], growth: Growth | None, sign: int) -> tuple[int, int]:
    if growth is None:
        return size
    width, height = size[0] + sign * (growth.left + growth.right), size[1] + sign * (growth.top + growth.bottom)
    if min(width, height) < 1:
        raise ValueError("a canvas had no pixels")
    return width, height


def _sides(growth: Growth) -> tuple[int, int, int, int]:
    return growth.left, growth.top, growth.right, growth.bottom


# --- the base ---


def _move_base(connection: sqlite3.Connection, step: int) -> None:
    ((width, height, base_step, *_),) = _canvas_rows(_reader(connection))
    low, high = min(base_step, step), max(base_step, step)
    edits = [edit for _, edit in _read_edits(_reader(connection), "step >= ? AND step < ?", (low, high))]
    base = _Base(_reader(connection), width, height)
    base.move(edits, base_step - low, step - low)
    base.write(connection)
    values = (base.width, base.height, step)
    connection.execute("UPDATE canvas SET width = ?, height = ?, base_step = ?", values)


class _Base:
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
        """Cut `pixels`, of the base's size, into tiles."""
        bounds = Rect(0, 0, self.width, self.height)
        for tile in tiles_in(bounds):
            self._tiles[name, tile] = cut(pixels, tile_area(tile).intersection(bounds), bounds).copy()
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

    def write(self, connection: sqlite3.Connection) -> None:
        """Store what changed."""
        if self._is_cut_anew:
            connection.execute("DELETE FROM tile")
        for name, tile in self._changed:
            pixels = self._tiles[name, tile]
            area = Rect(*_corner(tile), pixels.shape[1], pixels.shape[0])
            patch = TilePatch(name, area, pixels.tobytes()).packed()
            connection.execute("INSERT OR REPLACE INTO tile VALUES (?, ?, ?, ?, ?, ?, ?)", _patch_row(patch))

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
        layers = {name: Layer(self.whole(name)).resized(*_sides(by)) for name in LayerName}
        self.width, self.height = _grown((self.width, self.height), by, 1)
        self._tiles.clear()
        self._changed.clear()
        self._is_cut_anew = True
        for name, layer in layers.items():
            self.put(name, layer.view)

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
            patch = _patch(row)
            for tile in tiles_in(patch.area):  # just one
                if (patch.layer, tile) not in self._tiles:
                    self._tiles[patch.layer, tile] = change_of(patch).difference.copy()


def _corner(tile: Tile) -> tuple[int, int]:
    area = tile_area(tile)
    return area.left, area.top


def _shape(name: LayerName) -> tuple[int, ...]:
    return (3,) if name is LayerName.PICTURE else ()

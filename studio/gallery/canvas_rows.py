"""The rows of `canvas.db`: pixels of one step (the base, in tiles) and the edits before and after it.

Functions that take a connection are called within a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from studio.core.picture_id import PictureId
from studio.gallery.canvas_base import CanvasBase
from studio.gallery.canvas_edits import Read, check_areas, patch_row, read_edits, sides_of
from studio.gallery.canvas_schema import KEPT
from studio.imaging.history import Edit
from studio.imaging.layer import LayerName

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

_MOST_HISTORY_BYTES = 192 * 2**20
"""Of packed edits: what is read again in well under a second."""
_MOST_BYTES_TO_REDO = 16 * 2**20
"""Of pixels between base and position: what is done again in a tenth of a second."""
_EDITS_AT_ONCE = 4
"""By which the base moves in one transaction: an edit made meanwhile waits for it."""
_CHANNELS = {LayerName.PICTURE: 3, LayerName.MASK: 1}


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


def begin(
    connection: sqlite3.Connection, picture: Pixels, mask: MaskPixels, is_wanted: Callable[[], bool] = lambda: True
) -> None:
    """A new canvas at step 0, in place of the one that was kept.

    Raises:
        CanvasReplaced: it `is_wanted` no longer; packing 24 megapixels takes a second.
    """
    clear(connection)
    height, width = mask.shape
    connection.execute("INSERT INTO canvas VALUES (1, ?, ?, 0, 0, '[]', '{}')", (width, height))
    base = CanvasBase(_reader(connection), width, height)
    base.put(LayerName.PICTURE, picture)
    base.put(LayerName.MASK, mask)
    base.write(connection, is_wanted)


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
    growth = None if edit.growth is None else json.dumps(sides_of(edit.growth))
    cleared = None if edit.cleared is None else len(edit.cleared)
    stored_bytes = sum(len(patch.content) for patch in packed.all_patches)
    pixel_bytes = sum(patch.area.width * patch.area.height * _CHANNELS[patch.layer] for patch in edit.all_patches)
    parents = None if edit.parents is None else json.dumps(edit.parents)
    values = (step, edit.label, growth, stored_bytes, pixel_bytes, cleared, parents)
    connection.execute("INSERT INTO edit VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    rows = [(step, number, *patch_row(patch)) for number, patch in enumerate(packed.all_patches)]
    connection.executemany("INSERT INTO patch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    set_position(connection, step + 1)


def set_position(connection: sqlite3.Connection, step: int) -> None:
    """The edits before this step are done, and what lies there now is in no file.

    In the same transaction: else a canvas that was changed could come back as one that need not be saved.
    """
    remaining = f"json_remove(view_state, '$.{KEPT}')"
    connection.execute(f"UPDATE canvas SET position = ?, view_state = {remaining}", (step,))


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
        with_steps = dict(read_edits(read, "1", ()))
        first, edits = min(with_steps, default=base_step), tuple(with_steps.values())
        if list(with_steps) != list(range(first, first + len(edits))):
            raise ValueError("steps are missing")
        base_index, index = base_step - first, position - first
        if not (0 <= base_index <= len(edits) and 0 <= index <= len(edits)):
            raise ValueError("the steps do not fit together")
        base = CanvasBase(read, width, height)
        check_areas(edits, base_index, (width, height))
        base.move(edits, base_index, index)
        return _stored(base, edits, index, candidates, view), first
    return None


def read_base(read: Read) -> StoredCanvas | None:
    """The canvas without its history, as it was some edits ago: for when those are damaged. Raises ValueError."""
    for width, height, _base_step, _position, candidates, view in _canvas_rows(read):
        return _stored(CanvasBase(read, width, height), (), 0, candidates, view)
    return None


def _stored(base: CanvasBase, edits: tuple[Edit, ...], position: int, candidates: str, view: str) -> StoredCanvas:
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


def _move_base(connection: sqlite3.Connection, step: int) -> None:
    ((width, height, base_step, *_),) = _canvas_rows(_reader(connection))
    low, high = min(base_step, step), max(base_step, step)
    edits = [edit for _, edit in read_edits(_reader(connection), "step >= ? AND step < ?", (low, high))]
    base = CanvasBase(_reader(connection), width, height)
    base.move(edits, base_step - low, step - low)
    base.write(connection)
    values = (base.width, base.height, step)
    connection.execute("UPDATE canvas SET width = ?, height = ?, base_step = ?", values)

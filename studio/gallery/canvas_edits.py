"""Edits of a canvas and their patches as rows, and back: what is damaged is a ValueError."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias, cast

from studio.core.geometry import Rect
from studio.core.picture_id import PictureId
from studio.gallery.database import Row, Value
from studio.imaging.history import Edit, Growth, TilePatch
from studio.imaging.layer import LayerName

_LAYERS = {name.value: name for name in LayerName}

Read: TypeAlias = Callable[[str, Sequence[Value]], Iterable[Row]]


def read_edits(read: Read, condition: str, values: Sequence[Value]) -> Iterator[tuple[int, Edit]]:
    """In the order of their steps. Raises ValueError for one that is damaged."""
    patches: dict[int, list[TilePatch]] = {}
    order = f"FROM patch WHERE {condition} ORDER BY step, number"
    for step, *row in read(f"SELECT step, layer, x, y, width, height, checksum, content {order}", values):
        patches.setdefault(cast("int", step), []).append(patch_of(row))
    columns = "step, label, growth, cleared_patches, parents"
    for row in read(f"SELECT {columns} FROM edit WHERE {condition} ORDER BY step", values):
        step, label, growth, cleared, parents = cast("tuple[int, str, str | None, int | None, str | None]", row)
        edit = _edit(label, patches.get(step, []), growth, cleared)
        yield step, edit if parents is None else replace(edit, parents=_parents(parents))


def _edit(label: str, patches: list[TilePatch], growth: str | None, cleared: int | None) -> Edit:
    """Raises ValueError for a canvas that shrank without having been cleared, and for what was cleared by halves."""
    sides = None if growth is None else Growth(*json.loads(growth))
    if cleared is None:
        if sides is not None and min(sides_of(sides)) < 0:
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


def patch_row(patch: TilePatch) -> Row:
    area = patch.area
    return (patch.layer.value, area.left, area.top, area.width, area.height, zlib.crc32(patch.content), patch.content)


def patch_of(row: Sequence[Value]) -> TilePatch:
    layer, x, y, width, height, checksum, content = row
    if not isinstance(content, bytes) or zlib.crc32(content) != checksum:
        raise ValueError("a patch is damaged")
    area = Rect(*cast("tuple[int, int, int, int]", (x, y, width, height)))
    name = _LAYERS.get(str(layer))
    if name is None:
        raise ValueError(f"a patch of {layer!r}")
    return TilePatch(name, area, content, is_packed=True)


def check_areas(edits: Sequence[Edit], base_index: int, size: tuple[int, int]) -> None:
    """Every patch lies within the canvas as it was at its step: undo would fail otherwise. Raises ValueError."""
    width, height = size
    for edit in reversed(edits[:base_index]):
        _check_patches(edit.patches, width, height)
        width, height = grown_size((width, height), edit.growth, -1)
        _check_patches(edit.cleared or (), width, height)
    width, height = size
    for edit in edits[base_index:]:
        _check_patches(edit.cleared or (), width, height)
        width, height = grown_size((width, height), edit.growth, 1)
        _check_patches(edit.patches, width, height)


def _check_patches(patches: Sequence[TilePatch], width: int, height: int) -> None:
    for patch in patches:
        area = patch.area
        inside = 0 <= area.left < area.right <= width and 0 <= area.top < area.bottom <= height
        if not inside:
            raise ValueError("a patch lies outside of the canvas")


def grown_size(size: tuple[int, int], growth: Growth | None, sign: int) -> tuple[int, int]:
    if growth is None:
        return size
    width, height = size[0] + sign * (growth.left + growth.right), size[1] + sign * (growth.top + growth.bottom)
    if min(width, height) < 1:
        raise ValueError("a canvas had no pixels")
    return width, height


def sides_of(growth: Growth) -> tuple[int, int, int, int]:
    return growth.left, growth.top, growth.right, growth.bottom

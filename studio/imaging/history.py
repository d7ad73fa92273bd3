"""What was done to a canvas, step by step, so that it can be undone and done again, exactly."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from studio.core.geometry import Rect
from studio.core.picture_id import PictureId
from studio.imaging.layer import Change, LayerName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_OBJECT_BYTES = 300
"""About what a patch costs besides its content."""
_UNPACKED_BYTES = 64 * 2**20
"""What the newest edits may keep unpacked: those are undone without a pause."""


@dataclass(frozen=True, slots=True)
class TilePatch:
    """What an edit changed within one tile of a layer.

    `content` is what `area` held after, less what it held before, modulo 256, row by row (3 bytes a pixel of the
    picture, 1 of the mask). Where `is_packed` it is a zlib stream of that, each row less the row above: photographs
    take half the memory that they would take as they are.
    """

    layer: LayerName
    area: Rect
    content: bytes
    is_packed: bool = False

    def packed(self) -> TilePatch:
        """The same in less memory. May run in any thread."""
        import numpy as np

        if self.is_packed:
            return self
        rows = np.frombuffer(self.content, np.uint8).reshape(self.area.height, -1)
        steps = np.diff(rows, axis=0, prepend=np.uint8(0))
        return replace(self, content=zlib.compress(steps.tobytes(), 1), is_packed=True)

    def difference(self) -> NDArray[np.uint8]:
        """The content, not packed."""
        import numpy as np

        if not self.is_packed:
            return np.frombuffer(self.content, np.uint8)
        steps = np.frombuffer(zlib.decompress(self.content), np.uint8).reshape(self.area.height, -1)
        return np.add.accumulate(steps, axis=0, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Growth:
    """How many pixels the canvas got on each side; negative: lost."""

    left: int
    top: int
    right: int
    bottom: int

    def reversed(self) -> Growth:
        return Growth(-self.left, -self.top, -self.right, -self.bottom)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One step: `label` names it for people.

    With a `growth` the canvas first grows by pixels of value 0; the patches, in the grown canvas, change them. Where a
    picture of another size took the canvas' place, the patches `cleared` come before that: they take every pixel of the
    canvas to 0, so that nothing is lost where it shrinks.

    `parents`: the picture of the gallery that the canvas came from, before and after, where that changed.
    """

    label: str
    patches: tuple[TilePatch, ...]
    growth: Growth | None = None
    cleared: tuple[TilePatch, ...] | None = None
    parents: tuple[PictureId | None, PictureId | None] | None = None

    @property
    def extension(self) -> Growth | None:
        """By how much the picture was extended, if that is what was done."""
        return self.growth if self.cleared is None else None

    @property
    def all_patches(self) -> tuple[TilePatch, ...]:
        """In the order in which they are done."""
        return (*(self.cleared or ()), *self.patches)

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return _OBJECT_BYTES + sum(_OBJECT_BYTES + len(patch.content) for patch in self.all_patches)

    @property
    def unpacked_size(self) -> int:
        """Bytes of those patches that are not packed."""
        return sum(len(patch.content) for patch in self.all_patches if not patch.is_packed)

    def packed(self) -> Edit:
        """The same edit in less memory. May run in any thread."""
        return self._with_patches([patch.packed() for patch in self.all_patches])

    def packed_by_one(self) -> Edit:
        """The same edit with one patch more that is packed: a few milliseconds of work."""
        patches = list(self.all_patches)
        index = next(index for index, patch in enumerate(patches) if not patch.is_packed)
        patches[index] = patches[index].packed()
        return self._with_patches(patches)

    def _with_patches(self, patches: Sequence[TilePatch]) -> Edit:
        """`patches` are `all_patches`, stored in another way."""
        if self.cleared is None:
            return replace(self, patches=tuple(patches))
        count = len(self.cleared)
        return replace(self, cleared=tuple(patches[:count]), patches=tuple(patches[count:]))


class History:
    """The edits of a canvas. Those before `position` are done, those from it on are undone.

    At most `budget` bytes: to make room edits are packed, and when all are, the oldest are forgotten - but never
    the newest one.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._edits: list[Edit] = []
        self._all_packed_before = 0
        self.position = 0
        self.forgotten = 0
        self.size = 0

    @property
    def edits(self) -> tuple[Edit, ...]:
        return tuple(self._edits)

    @property
    def next_undo(self) -> Edit | None:
        return self._edits[self.position - 1] if self.position else None

    @property
    def next_redo(self) -> Edit | None:
        return self._edits[self.position] if self.position < len(self._edits) else None

    def add(self, edit: Edit) -> None:
        """`edit` was done: what was undone before it is gone."""
        while len(self._edits) > self.position:
            self.size -= self._edits.pop().size
        self._all_packed_before = min(self._all_packed_before, self.position)
        self._edits.append(edit)
        self.size += edit.size
        self.position += 1
        self._keep_budget()

    def load(self, edits: Sequence[Edit], position: int) -> None:
        """Take over the history of a canvas whose pixels, after the first `position` edits, this one's canvas holds.

        Raises:
            ValueError: if there is a history already, or no such position.
        """
        if self._edits or self.forgotten:
            raise ValueError("there is a history already")
        if not 0 <= position <= len(edits):
            raise ValueError(f"position {position} of {len(edits)} edits")
        self._edits = list(edits)
        self.position = position
        self.size = sum(edit.size for edit in edits)
        self._keep_budget()

    def step_back(self) -> None:
        if not self.position:
            raise ValueError("there is nothing to undo")
        self.position -= 1

    def step_forward(self) -> None:
        if self.position == len(self._edits):
            raise ValueError("there is nothing to do again")
        self.position += 1

    def pack_next(self) -> bool:
        """Pack one patch of the oldest edits: a few milliseconds of work, for when nothing else is to be done.

        False: there is nothing to pack. The newest 64 MB stay unpacked, so that they are undone without a pause.
        """
        return self._pack_oldest(_UNPACKED_BYTES)

    def _pack_oldest(self, spared_bytes: int) -> bool:
        unpacked = sum(edit.unpacked_size for edit in self._edits[self._all_packed_before :])
        if unpacked <= spared_bytes:
            return False
        while not self._edits[self._all_packed_before].unpacked_size:
            self._all_packed_before += 1
        edit = self._edits[self._all_packed_before]
        packed = self._edits[self._all_packed_before] = edit.packed_by_one()
        self.size += packed.size - edit.size
        return True

    def _keep_budget(self) -> None:
        while self.size > self._budget and self._pack_oldest(0):
            pass
        while self.size > self._budget and self.position > 1:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self.size -= self._edits.pop(0).size
        self.position -= 1
        self.forgotten += 1
        self._all_packed_before = max(0, self._all_packed_before - 1)


def patch_of(layer: LayerName, change: Change) -> TilePatch:
    return TilePatch(layer, change.area, change.difference.tobytes())


def change_of(patch: TilePatch) -> Change:
    pixels = {LayerName.PICTURE: (3,), LayerName.MASK: ()}[patch.layer]
    return Change(patch.area, patch.difference().reshape(patch.area.height, patch.area.width, *pixels))

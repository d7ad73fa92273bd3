"""Which pictures have a colour, and which have colours like those of another picture."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from studio.core.picture_id import PictureId
from studio.gallery.index import PictureIndex
from studio.gallery.search.query import ColourFilter, Condition, LikeFilter, Query, RowSet
from studio.gallery.thumbnail_store import Coloured, ThumbnailStore
from studio.imaging.colour_signature import SIGNATURE_BYTES, lab_of

if TYPE_CHECKING:
    from studio.gallery.picture_colours import Floats, PictureColours, Places

MOST_ALIKE: Final = 200
_LEAST_SHARE: Final = 0.08
"""Of a picture that counts as having a colour."""
_LEAST_LIKENESS: Final = 0.8
"""1: the same colours in the same shares; 0: none in common."""
_NO_COLOURS: Final = bytes(SIGNATURE_BYTES)
_NO_ROW: Final = 0
"""SQLite counts rows from 1."""


@dataclass(slots=True)
class _Known:
    """Of each picture its signature and the number of its row in the index, as far as they were read. A picture keeps
    its place in both for ever; one that is gone harms nobody, as its row is never used again."""

    signatures: bytearray = field(default_factory=bytearray)
    row_numbers: array[int] = field(default_factory=lambda: array("q"))
    places: dict[PictureId, int] = field(default_factory=dict[PictureId, int])
    last_coloured: int = 0
    last_row: int = 0

    def take_colours(self, came: Sequence[Coloured]) -> None:
        """In their order; the later of two of one picture counts."""
        for sequence, picture, signature in came:
            begin = SIGNATURE_BYTES * self._place(picture)
            self.signatures[begin : begin + SIGNATURE_BYTES] = signature
            self.last_coloured = sequence

    def take_rows(self, came: Sequence[tuple[int, PictureId]]) -> None:
        for number, picture in came:
            self.row_numbers[self._place(picture)] = number
            self.last_row = max(number, self.last_row)

    def _place(self, picture: PictureId) -> int:
        place = self.places.setdefault(picture, len(self.places))
        if place == len(self.row_numbers):
            self.signatures += _NO_COLOURS
            self.row_numbers.append(_NO_ROW)
        return place


class ColourSearch:
    """Reads all colours once, then only what came since. Any thread; each method raises StorageError."""

    def __init__(self, store: ThumbnailStore, index: PictureIndex) -> None:
        self._store = store
        self._index = index
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Databases may have been made anew: what was read of them counts no more."""
        with self._lock:
            self._known = _Known()
            self._colours: PictureColours | None = None

    def get_ready(self) -> None:
        """Read what a search will need, so that it need not wait for that."""
        with self._lock:
            self._read()

    def resolved(self, query: Query) -> Query:
        """The same with the pictures that are found in place of colours: what SQL can look for."""
        groups = tuple(
            tuple(replace(term, condition=self._resolved(term.condition)) for term in group) for group in query.groups
        )
        return replace(query, groups=groups)

    def _resolved(self, condition: Condition) -> Condition:
        match condition:
            case ColourFilter():
                return RowSet(self.with_colour(condition))
            case LikeFilter(name):
                picture = self._index.newest_named(name)
                return RowSet(() if picture is None else self.like(picture))
            case _:
                return condition

    def with_colour(self, colour: ColourFilter) -> tuple[int, ...]:
        """The rows of all pictures that have enough of it."""
        import numpy as np

        lab = lab_of(np.array([[colour.red, colour.green, colour.blue]], np.uint8)).astype(np.float32)
        with self._lock:
            shares = self._read().overlaps(lab, np.ones(1, np.float32), colour.tolerance)
            return self._rows(np.flatnonzero(shares >= _LEAST_SHARE))

    def like(self, picture: PictureId) -> tuple[int, ...]:
        """The rows of those whose colours are most like its, and of itself; none if it has no thumbnail yet."""
        with self._lock:
            colours = self._read()
            place = self._known.places.get(picture)
            return () if place is None else self._rows(_most_alike(colours.likeness(place)))

    def _rows(self, places: Places) -> tuple[int, ...]:
        import numpy as np

        rows = np.frombuffer(self._known.row_numbers, np.int64)[places]
        return tuple(rows[rows != _NO_ROW].tolist())

    def _read(self) -> PictureColours:
        """With what came since the last time."""
        from studio.gallery.picture_colours import PictureColours  # with numpy: not before the window is painted

        self._known.take_rows(self._index.rows_after(self._known.last_row))
        came = self._store.coloured_after(self._known.last_coloured)
        self._known.take_colours(came)
        if came or self._colours is None or len(self._colours) != len(self._known.places):
            self._colours = PictureColours(bytes(self._known.signatures))
        return self._colours


def _most_alike(likeness: Floats) -> Places:
    """The places with the highest of these values."""
    import numpy as np

    enough = np.flatnonzero(likeness >= _LEAST_LIKENESS)
    if len(enough) <= MOST_ALIKE:
        return enough
    return enough[np.argpartition(-likeness[enough], MOST_ALIKE)[:MOST_ALIKE]]

"""Which pictures have a colour, and which have colours like those of another picture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from studio.core.picture_id import PictureId
from studio.gallery.search.query import ColourFilter, Condition, LikeFilter, PictureSet, Query
from studio.gallery.thumbnail_store import Coloured, ThumbnailStore
from studio.imaging.colour_signature import SIGNATURE_BYTES, lab_of

if TYPE_CHECKING:
    from studio.gallery.picture_colours import Floats, PictureColours

MOST_OF_A_COLOUR: Final = 2000
MOST_ALIKE: Final = 200
_LEAST_SHARE: Final = 0.08
"""Of a picture that counts as having a colour."""
_LEAST_LIKENESS: Final = 0.8
"""1: the same colours in the same shares; 0: none in common."""


@dataclass(slots=True)
class _Known:
    """All signatures that were read, and of what picture each is."""

    sequence: int = 0
    signatures: bytearray = field(default_factory=bytearray)
    pictures: list[PictureId] = field(default_factory=list[PictureId])
    rows: dict[PictureId, int] = field(default_factory=dict[PictureId, int])

    def take(self, came: Sequence[Coloured]) -> None:
        """In their order; the later of two of one picture counts."""
        self.sequence = came[-1].sequence
        for coloured in came:
            row = self.rows.setdefault(coloured.picture, len(self.pictures))
            if row == len(self.pictures):
                self.pictures.append(coloured.picture)
                self.signatures += coloured.signature
            else:
                self.signatures[row * SIGNATURE_BYTES : (row + 1) * SIGNATURE_BYTES] = coloured.signature


class ColourSearch:
    """Reads all signatures once, then only what came since. Any thread; each method raises StorageError."""

    def __init__(self, store: ThumbnailStore, newest_named: Callable[[str], PictureId | None]) -> None:
        """`newest_named` tells the newest picture whose file's name contains this."""
        self._store = store
        self._newest_named = newest_named
        self._lock = threading.Lock()
        self._known = _Known()
        self._colours: PictureColours | None = None

    def resolved(self, query: Query) -> Query:
        """The same with the pictures that are found in place of colours: what SQL can look for."""
        groups = tuple(
            tuple(replace(term, condition=self._resolved(term.condition)) for term in group) for group in query.groups
        )
        return replace(query, groups=groups)

    def _resolved(self, condition: Condition) -> Condition:
        match condition:
            case ColourFilter():
                return PictureSet(self.with_colour(condition))
            case LikeFilter(name):
                picture = self._newest_named(name)
                return PictureSet(() if picture is None else self.like(picture))
            case _:
                return condition

    def with_colour(self, colour: ColourFilter) -> tuple[PictureId, ...]:
        """Those that have some of it, most of it first."""
        import numpy as np

        lab = lab_of(np.array([[colour.red, colour.green, colour.blue]], np.uint8)).astype(np.float32)
        with self._lock:
            found = self._read().overlaps(lab, np.ones(1, np.float32), colour.tolerance)
            return self._best(found, _LEAST_SHARE, MOST_OF_A_COLOUR)

    def like(self, picture: PictureId) -> tuple[PictureId, ...]:
        """Those whose colours are most like its, and itself; none if it has no thumbnail yet."""
        with self._lock:
            colours = self._read()
            row = self._known.rows.get(picture)
            return () if row is None else self._best(colours.likeness(row), _LEAST_LIKENESS, MOST_ALIKE)

    def _best(self, values: Floats, least: float, most: int) -> tuple[PictureId, ...]:
        """The pictures with the highest of these values, the highest first."""
        import numpy as np

        enough = np.flatnonzero(values >= least)
        if len(enough) > most:
            enough = enough[np.argpartition(-values[enough], most)[:most]]
        best: list[int] = enough[np.argsort(-values[enough], kind="stable")].tolist()
        return tuple(self._known.pictures[row] for row in best)

    def _read(self) -> PictureColours:
        """With what came since the last time; what is gone harms nobody, as it is in no index."""
        from studio.gallery.picture_colours import PictureColours  # with numpy: not before the window is painted

        came = self._store.coloured_after(self._known.sequence)
        if came:
            self._known.take(came)
        if came or self._colours is None:
            self._colours = PictureColours(bytes(self._known.signatures))
        return self._colours

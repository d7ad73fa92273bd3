"""Which pictures have a colour, and which have colours like those of another picture."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from studio.core.picture_id import PictureId
from studio.gallery.search.query import ColourFilter, Condition, LikeFilter, PictureSet, Query
from studio.imaging.colour_signature import SIGNATURE_COLOURS, lab_of, signature_values

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from studio.gallery.thumbnail_store import ThumbnailStore

MOST_OF_A_COLOUR: Final = 5000
MOST_ALIKE: Final = 200
_LEAST_SHARE: Final = 0.08
"""Of a picture that counts as having a colour."""
_LEAST_LIKENESS: Final = 0.8
"""1: the same colours in the same shares; 0: none in common."""
_REACH_OF_LIKENESS: Final = 16.0
"""How far colours are apart, in CIELAB, that are alike by 0.6."""
_AT_ONCE: Final = 8192
"""Pictures: what is worked on fits into the processor's cache."""


@dataclass(frozen=True, slots=True)
class _Colours:
    """Colours (n x 6 x 3) and shares (n x 6) of n pictures, and how alike each is to itself (n)."""

    labs: npt.NDArray[np.float32]
    shares: npt.NDArray[np.float32]
    norms: npt.NDArray[np.float32]


@dataclass(slots=True)
class _Known:
    """All signatures that were read, and of what picture each is."""

    sequence: int = 0
    signatures: bytearray = field(default_factory=bytearray)
    pictures: list[PictureId] = field(default_factory=list[PictureId])
    rows: dict[PictureId, int] = field(default_factory=dict[PictureId, int])


class ColourSearch:
    """Reads all signatures once, then only what came since. Any thread; each method raises StorageError."""

    def __init__(self, store: ThumbnailStore, newest_named: Callable[[str], PictureId | None]) -> None:
        """`newest_named` tells the newest picture whose file's name contains this."""
        self._store = store
        self._newest_named = newest_named
        self._lock = threading.Lock()
        self._known = _Known()
        self._colours: _Colours | None = None

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
            colours = self._read()
            found = _overlaps(colours.labs, colours.shares, lab, np.ones(1, np.float32), colour.tolerance)
            return self._best(found, _LEAST_SHARE, MOST_OF_A_COLOUR)

    def like(self, picture: PictureId) -> tuple[PictureId, ...]:
        """Those whose colours are most like its, and itself; none if it has no thumbnail yet."""
        import numpy as np

        with self._lock:
            colours = self._read()
            row = self._known.rows.get(picture)
            if row is None:
                return ()
            found = _overlaps(colours.labs, colours.shares, colours.labs[row], colours.shares[row], _REACH_OF_LIKENESS)
            return self._best(found / np.sqrt(colours.norms * colours.norms[row]), _LEAST_LIKENESS, MOST_ALIKE)

    def _best(self, values: npt.NDArray[np.float32], least: float, most: int) -> tuple[PictureId, ...]:
        import numpy as np

        order: list[int] = np.argsort(-values, kind="stable")[:most].tolist()
        return tuple(self._known.pictures[row] for row in order if values[row] >= least)

    def _read(self) -> _Colours:
        """With what came since the last time; what is gone harms nobody, as it is in no index."""
        known = self._known
        came = self._store.coloured_after(known.sequence)
        if self._colours is not None and not came:
            return self._colours
        for coloured in came:
            known.sequence = coloured.sequence
            row = known.rows.setdefault(coloured.picture, len(known.pictures))
            if row == len(known.pictures):
                known.pictures.append(coloured.picture)
                known.signatures += coloured.signature
            else:
                size = len(coloured.signature)
                known.signatures[row * size : (row + 1) * size] = coloured.signature
        self._colours = _colours(bytes(known.signatures))
        return self._colours


def _colours(signatures: bytes) -> _Colours:
    import numpy as np

    labs, shares = signature_values(signatures)
    norms = np.empty(len(shares), np.float32)
    for begin in range(0, len(shares), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        kernel = _kernel(
            _squares(labs[some])[:, :, None]
            + _squares(labs[some])[:, None, :]
            - 2 * labs[some] @ labs[some].transpose(0, 2, 1),
            _REACH_OF_LIKENESS,
        )
        norms[some] = np.einsum("ni,nij,nj->n", shares[some], kernel, shares[some])
    return _Colours(labs, shares, np.maximum(norms, np.finfo(np.float32).tiny))


def _overlaps(
    labs: npt.NDArray[np.float32],
    shares: npt.NDArray[np.float32],
    wanted: npt.NDArray[np.float32],
    parts: npt.NDArray[np.float32],
    reach: float,
) -> npt.NDArray[np.float32]:
    """How much of each picture (n x 6 x 3, n x 6) has the colours `wanted` (m x 3) in these `parts` (m): those that are
    `reach` away count by 0.6."""
    import numpy as np

    overlaps = np.empty(len(shares), np.float32)
    for begin in range(0, len(shares), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        flat = labs[some].reshape(-1, 3)
        kernel = _kernel(_squares(flat)[:, None] + _squares(wanted) - 2 * flat @ wanted.T, reach)
        overlaps[some] = ((kernel @ parts).reshape(-1, SIGNATURE_COLOURS) * shares[some]).sum(axis=1)
    return overlaps


def _kernel(squared_distances: npt.NDArray[np.floating], reach: float) -> npt.NDArray[np.floating]:
    import numpy as np

    return np.exp(squared_distances * np.float32(-0.5 / reach**2))


def _squares(labs: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
    import numpy as np

    return np.einsum("...i,...i->...", labs, labs)

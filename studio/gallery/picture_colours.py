"""The colours of all pictures as one array, compared with a colour or with those of one picture."""

from __future__ import annotations

from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from studio.imaging.colour_signature import SIGNATURE_COLOURS, signature_values

Floats: TypeAlias = npt.NDArray[np.float32]
Places: TypeAlias = npt.NDArray[np.int64]
"""Whole numbers: which of the pictures."""

_REACH_OF_LIKENESS: Final = 16.0
"""How far colours are apart, in CIELAB, that are alike by 0.6."""
_AT_ONCE: Final = 8192
"""Pictures: what comes between stays in the processor's cache."""


class PictureColours:
    """Of n pictures: six colours (L, a, b) and their shares each.

    Colours count as alike by exp(-d² / 2r²), where d is how far they are apart and r the `reach`.
    """

    def __init__(self, signatures: bytes) -> None:
        """One `colour_signature` after the other."""
        self._labs, self._shares = signature_values(signatures)

    def __len__(self) -> int:
        return len(self._shares)

    def overlaps(self, wanted: Floats, parts: Floats, reach: float) -> Floats:
        """How much of each picture has the colours `wanted` (m x 3), of which there are these `parts` (m)."""
        factors = _factors(wanted, reach)
        overlaps = np.empty(len(self._shares), np.float32)
        for some in self._batches():
            planes = self._planes[:, SIGNATURE_COLOURS * some.start : SIGNATURE_COLOURS * some.stop]
            alike = np.einsum("km,ki->mi", factors, planes)
            np.exp(alike, out=alike)
            by_colour = np.einsum("m,mi->i", parts, alike).reshape(-1, SIGNATURE_COLOURS)
            overlaps[some] = np.einsum("ni,ni->n", by_colour, self._shares[some])
        return overlaps

    def likeness(self, row: int) -> Floats:
        """How alike each picture is to that in this row: from 0 to 1, which is the same colours in the same shares."""
        overlaps = self.overlaps(self._labs[row], self._shares[row], _REACH_OF_LIKENESS)
        return overlaps / np.sqrt(self._norms * self._norms[row])

    @cached_property
    def _planes(self) -> Floats:
        """L, a, b, L² + a² + b² and 1 (5 x 6n) of all colours: what `_factors` makes squared distances of.

        Sums along long rows are quick, and by one thread alone: waking others takes longer.
        """
        flat = self._labs.reshape(-1, 3).T
        squares = np.einsum("ki,ki->i", flat, flat)
        return np.ascontiguousarray(np.stack([*flat, squares, np.ones_like(squares)]))

    @cached_property
    def _norms(self) -> Floats:
        """How much each picture overlaps with itself."""
        norms = np.empty(len(self._shares), np.float32)
        for some in self._batches():
            labs, shares = self._labs[some], self._shares[some]
            squares = np.einsum("nij,nij->ni", labs, labs)
            distances = squares[:, :, None] + squares[:, None, :] - 2 * labs @ labs.transpose(0, 2, 1)
            alike = np.exp(distances * np.float32(-0.5 / _REACH_OF_LIKENESS**2))
            norms[some] = np.einsum("ni,nij,nj->n", shares, alike, shares)
        return np.maximum(norms, np.finfo(np.float32).tiny)

    def _batches(self) -> list[slice]:
        return [slice(begin, begin + _AT_ONCE) for begin in range(0, len(self._shares), _AT_ONCE)]


def _factors(wanted: Floats, reach: float) -> Floats:
    """5 x m: summed up with `_planes` they give -d² / 2r²."""
    squares = np.einsum("ij,ij->i", wanted, wanted)
    rows = np.concatenate([2 * wanted.T, -np.ones((1, len(wanted))), -squares[None, :]])
    return (rows * (0.5 / reach**2)).astype(np.float32)

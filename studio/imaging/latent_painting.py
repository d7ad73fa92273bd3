"""Painting in a latent: cells are emptied, filled with noise, or made like another cell. Each stroke can be undone."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from studio.imaging.forward_noise import draw_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.core.trajectory import Latents

    Cells = NDArray[np.bool_]
    """Shape (rows, columns): which cells are meant."""


class CellTool(Enum):
    ERASE = "erase"
    NOISE = "noise"
    COPY = "copy"


MOST_STROKES = 100
"""That can be undone."""


class PaintedLatents:
    """The latents of a picture with what was painted into them. Cells are counted from 0, the row first."""

    def __init__(self, original: Latents, seed: int = 0) -> None:
        """`seed` means the noise that is painted: the same cell gets the same of it in every stroke."""
        self._original = self._current = original
        self._noise = draw_noise(original.shape, seed).astype(np.float16)
        self._before: list[Latents] = []

    @property
    def current(self) -> Latents:
        """Read-only."""
        return self._current

    @property
    def is_painted(self) -> bool:
        return self._current is not self._original

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    def begin_stroke(self) -> None:
        """What follows is undone as one."""
        self._before = [*self._before, self._current][-MOST_STROKES:]

    def paint(self, tool: CellTool, where: Cells, source: tuple[int, int]) -> None:
        """Within a stroke: 0, which is grey, or noise of variance 1, or what the cell `source` has."""
        painted = self._current.copy()
        match tool:
            case CellTool.ERASE:
                painted[:, where] = 0
            case CellTool.NOISE:
                painted[:, where] = self._noise[:, where]
            case CellTool.COPY:
                painted[:, where] = self._current[:, source[0], source[1], None]
        painted.setflags(write=False)
        self._current = painted

    def undo(self) -> None:
        """Take the last stroke back, or the last reset."""
        if self._before:
            self._current = self._before.pop()

    def reset(self) -> None:
        """As the picture's latents were; that can be undone, too."""
        if self.is_painted:
            self.begin_stroke()
            self._current = self._original


def brush_cells(shape: tuple[int, int], row: int, column: int, size: int) -> Cells:
    """A round brush of `size` cells across, with its middle in this cell; what is outside of (rows, columns) is cut."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    middle = (size - 1) % 2 / 2  # an even brush has its middle where cells meet
    return (rows - row - middle) ** 2 + (columns - column - middle) ** 2 <= (size / 2) ** 2


def cells_between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """The cells under a straight line, `start` left out: a fast pointer leaves no gaps."""
    count = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    return [
        (
            round(start[0] + (end[0] - start[0]) * place / count),
            round(start[1] + (end[1] - start[1]) * place / count),
        )
        for place in range(1, count + 1)
    ]

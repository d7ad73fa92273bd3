"""A grid: pictures that are alike but for one to three settings, each made by a job of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import prod
from typing import ClassVar, NewType

from studio.core.errors import GridTooLarge
from studio.core.job import Job

GridId = NewType("GridId", str)
"""A UUID4 as 32 hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class GridAxis:
    """`name` is what is varied ("CFG scale"), `labels` what stands beside each column, row or page."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepMeasure:
    """What `steps` steps gave: `distance` is the root mean square of the differences to the picture with the most
    steps that is alike otherwise, in levels of 0 to 255; it took `seconds`. `line` names what else is varied.
    """

    line: str
    steps: int
    seconds: float
    distance: float


@dataclass(frozen=True, slots=True)
class PlaceInGrid:
    """Which of so many cells a picture is, the first being 1, and the name of the grid."""

    cell: int
    cells: int
    grid: str


@dataclass(frozen=True, slots=True)
class Grid:
    """One to three axes (columns, rows, pages) and a job for each cell, the column changing fastest.

    Raises:
        GridTooLarge: for more than 1,000 cells.
        ValueError: unless there is exactly one cell for each place.
    """

    MOST_AXES: ClassVar[int] = 3
    MOST_CELLS: ClassVar[int] = 1000

    id: GridId
    axes: tuple[GridAxis, ...]
    cells: tuple[Job, ...]
    created_at: datetime
    """UTC."""

    def __post_init__(self) -> None:
        count = prod(len(axis.labels) for axis in self.axes)
        if count > self.MOST_CELLS:
            raise GridTooLarge(count, self.MOST_CELLS)
        if not 1 <= len(self.axes) <= self.MOST_AXES or len(self.cells) != count or not count:
            raise ValueError(f"{len(self.cells)} cells for axes of {[len(axis.labels) for axis in self.axes]}")

    @property
    def name(self) -> str:
        """What is varied: "CFG scale × Seed"."""
        return " × ".join(axis.name for axis in self.axes)

    def labels_of(self, index: int) -> tuple[tuple[str, str], ...]:
        """Of the cell at this place among `cells`: what is varied, and its value there."""
        found: list[tuple[str, str]] = []
        for axis in self.axes:
            index, place = divmod(index, len(axis.labels))
            found.append((axis.name, axis.labels[place]))
        return tuple(found)

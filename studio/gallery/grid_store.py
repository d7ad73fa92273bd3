"""Grids in `user.db`: what was asked for, so that a grid can be gone on with, and a picture tell whose cell it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from studio.core.errors import WriteFailed
from studio.core.grid import Grid, GridAxis, GridId, StepMeasure
from studio.core.job import Job, JobId
from studio.core.picture_id import PictureId
from studio.core.sources import sources_named_in
from studio.gallery.database import Database, Row
from studio.gallery.user_schema import USER_SCHEMA
from studio.imaging.request_codec import request_from_json, request_to_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KeptGrid:
    """`sheet` is the labelled picture of all cells, once it was made. `measures` are those of a grid that varies the
    steps, in the order of its cells.
    """

    grid: Grid
    sheet: PictureId | None
    measures: tuple[StepMeasure, ...] = ()


class GridStore:
    """Every method may be called from any thread, and raises StorageError."""

    def __init__(self, path: Path) -> None:
        """Open `user.db`, or make it."""
        self._path = path
        self._database = Database(path, USER_SCHEMA)

    def close(self) -> None:
        self._database.close()

    def put(self, grid: Grid) -> None:
        """Durable when this returns. A model whose path is no text cannot be kept."""
        try:
            cells = [(grid.id, place, job.id, request_to_json(job.request)) for place, job in enumerate(grid.cells)]
        except ValueError as error:
            raise WriteFailed(self._path, str(error)) from error
        axes = json.dumps([[axis.name, axis.labels] for axis in grid.axes], ensure_ascii=False)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO grid VALUES (?, ?, ?, NULL)",
                (grid.id, (grid.created_at - _EPOCH) // timedelta(microseconds=1), axes),
            )
            connection.executemany("INSERT INTO grid_cell VALUES (?, ?, ?, ?)", cells)

    def grids(self) -> list[KeptGrid]:
        """The newest first. One that cannot be read, as a newer version wrote it, is left out."""
        rows = self._database.read("SELECT id, created_at, axes, sheet FROM grid ORDER BY created_at DESC, id")
        found = [self._kept(row) for row in rows]
        return [kept for kept in found if kept is not None]

    def grid(self, grid: GridId) -> KeptGrid | None:
        rows = self._database.read("SELECT id, created_at, axes, sheet FROM grid WHERE id = ?", (grid,))
        return self._kept(rows[0]) if rows else None

    def grid_of_job(self, job: JobId) -> GridId | None:
        """Whose cell this job makes."""
        rows = self._database.read("SELECT grid FROM grid_cell WHERE job = ?", (job,))
        return GridId(str(rows[0][0])) if rows else None

    def set_sheet(self, grid: GridId, sheet: PictureId, measures: Sequence[StepMeasure] = ()) -> None:
        """The labelled picture is in the gallery, and `measures` in place of those before."""
        rows = [(grid, place, *astuple(measure)) for place, measure in enumerate(measures)]
        with self._database.transaction() as connection:
            connection.execute("UPDATE grid SET sheet = ? WHERE id = ?", (sheet, grid))
            connection.execute("DELETE FROM step_measure WHERE grid = ?", (grid,))
            connection.executemany("INSERT INTO step_measure VALUES (?, ?, ?, ?, ?, ?)", rows)

    def forget(self, grid: GridId) -> None:
        """Its pictures stay where they are."""
        self._database.write("DELETE FROM grid WHERE id = ?", (grid,))

    def sources(self) -> set[str]:
        """What the cells of unfinished grids start from, also of those that cannot be read."""
        rows = self._database.read(
            "SELECT request FROM grid_cell JOIN grid ON grid.id = grid_cell.grid WHERE sheet IS NULL"
        )
        return set[str]().union(*(sources_named_in(str(request)) for (request,) in rows))

    def _kept(self, row: Row) -> KeptGrid | None:
        grid, created_at, axes, sheet = row
        cells = self._database.read("SELECT job, request FROM grid_cell WHERE grid = ? ORDER BY position", (grid,))
        try:
            made = Grid(
                id=GridId(str(grid)),
                axes=_axes(str(axes)),
                cells=tuple(_cells(cells)),
                created_at=_EPOCH + timedelta(microseconds=int(str(created_at))),
            )
        except ValueError:
            return None
        return KeptGrid(made, PictureId(str(sheet)) if sheet else None, self._measures(GridId(str(grid))))

    def _measures(self, grid: GridId) -> tuple[StepMeasure, ...]:
        rows = self._database.read(
            "SELECT line, steps, seconds, distance FROM step_measure WHERE grid = ? ORDER BY position", (grid,)
        )
        return tuple(
            StepMeasure(str(line), int(str(steps)), float(str(seconds)), float(str(distance)))
            for line, steps, seconds, distance in rows
        )


def _axes(text: str) -> tuple[GridAxis, ...]:
    """What `put` wrote. Raises ValueError."""
    found = cast("list[tuple[str, list[str]]]", json.loads(text))
    return tuple(GridAxis(name, tuple(labels)) for name, labels in found)


def _cells(rows: Iterable[Row]) -> Iterable[Job]:
    """Raises ValueError."""
    return (Job(JobId(str(job)), request_from_json(str(request))) for job, request in rows)

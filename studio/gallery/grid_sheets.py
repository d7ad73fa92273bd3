"""The labelled picture of a grid, made when all of its cells are there; and what more steps changed, if they vary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.core.grid import Grid, StepMeasure
from studio.gallery.gallery import Gallery
from studio.gallery.grid_store import GridStore
from studio.gallery.record import PictureRecord
from studio.grids.axes import AxisKind
from studio.imaging.clipping import clipped_text
from studio.imaging.decode import read_pixels
from studio.imaging.difference import root_mean_square
from studio.imaging.grid_sheet import draw_sheet, sheet_png


def keep_sheet(gallery: Gallery, store: GridStore, grid: Grid) -> PictureRecord | None:
    """Put the labelled picture into the gallery; None while a cell is missing. Where the CFG scale is varied it tells
    how much of each cell is clipped: high scales burn.

    Raises:
        StorageError: also for a picture of a cell that cannot be read.
    """
    records = [gallery.record_of_job(job.id) for job in grid.cells]
    if None in records:
        return None
    cells = [record for record in records if record is not None]
    burns = any(axis.name == AxisKind.GUIDANCE.label for axis in grid.axes)
    sheet = draw_sheet(
        grid.axes,
        [(cell.width, cell.height) for cell in cells],
        lambda i: read_pixels(cells[i].path),
        clipped_text if burns else None,
    )
    record = gallery.add_png(sheet_png(sheet, grid.axes, cells[0].parameters), f"grid {grid.name}")
    store.set_sheet(grid.id, record.id, measured_steps(grid, cells))
    return record


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of a line in which only the steps differ."""

    line: str
    steps: int
    seconds: float
    record: PictureRecord


def measured_steps(grid: Grid, records: Sequence[PictureRecord]) -> tuple[StepMeasure, ...]:
    """How far each picture is from the one with the most steps that is alike otherwise; empty where the number of
    steps is not varied, or a picture does not tell how it was made.

    Raises:
        StorageError: for a picture that cannot be read.
    """
    cells = _cells(grid, records)
    lines = {cell.line: max((c for c in cells if c.line == cell.line), key=lambda c: c.steps) for cell in cells}
    last = {line: read_pixels(cell.record.path) for line, cell in lines.items()}
    return tuple(
        StepMeasure(
            cell.line,
            cell.steps,
            cell.seconds,
            0.0 if cell is lines[cell.line] else root_mean_square(read_pixels(cell.record.path), last[cell.line]),
        )
        for cell in cells
    )


def _cells(grid: Grid, records: Sequence[PictureRecord]) -> list[_Cell]:
    steps = {job.request.sampling.num_inference_steps for job in grid.cells}
    found: list[_Cell] = []
    for place, (job, record) in enumerate(zip(grid.cells, records, strict=True)):
        if len(steps) < 2 or record.parameters is None:
            return []
        line = ", ".join(value for name, value in grid.labels_of(place) if name != AxisKind.STEPS.label)
        found.append(_Cell(line, job.request.sampling.num_inference_steps, record.parameters.seconds, record))
    return found

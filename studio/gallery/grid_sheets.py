"""The labelled picture of a grid, made when all of its cells are there."""

from __future__ import annotations

from studio.core.grid import Grid
from studio.gallery.gallery import Gallery
from studio.gallery.grid_store import GridStore
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.imaging.grid_sheet import draw_sheet, sheet_png


def keep_sheet(gallery: Gallery, store: GridStore, grid: Grid) -> PictureRecord | None:
    """Put the labelled picture into the gallery; None while a cell is missing.

    Raises:
        StorageError: also for a picture of a cell that cannot be read.
    """
    records = [gallery.record_of_job(job.id) for job in grid.cells]
    if None in records:
        return None
    cells = [record for record in records if record is not None]
    sheet = draw_sheet(grid.axes, [(cell.width, cell.height) for cell in cells], lambda i: read_pixels(cells[i].path))
    record = gallery.add_png(sheet_png(sheet, grid.axes, cells[0].parameters), f"grid {grid.name}")
    store.set_sheet(grid.id, record.id)
    return record

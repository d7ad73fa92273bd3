"""Has the cells of grids made through the queue, and their labelled pictures when all are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.grid import Grid, GridId, StepMeasure
from studio.core.job import Job, JobId
from studio.core.language import tr
from studio.core.request import GenerationRequest
from studio.core.result import PictureParameters
from studio.gallery.grid_store import KeptGrid
from studio.gallery.record import PictureRecord
from studio.grids.axes import AxisKind, read_axis
from studio.grids.plan import cell_requests, in_order_of_models, new_grid
from studio.ui.background import RunInBackground
from studio.ui.grid.grid_dialog import GridDialog, GridPlan
from studio.ui.grid.kept_grids import GridState
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Answer, Notice

_COMPLETE = "grid complete"
"""Notices of grids that are: the last one tells; all are in the gallery, and in the list of notices."""


class Queue(Protocol):
    """The queue of jobs."""

    @property
    def running(self) -> Job | None: ...
    @property
    def waiting(self) -> tuple[Job, ...]: ...
    def drop(self, *job_ids: JobId) -> None: ...
    def cancel_running(self) -> None: ...


class Grids(Protocol):
    """Where grids are kept; called in the background. Each raises StorageError."""

    def put(self, grid: Grid) -> None: ...
    def grids(self) -> list[KeptGrid]: ...
    def forget(self, grid: GridId) -> None: ...


@dataclass(frozen=True, slots=True)
class GridOperations:
    """What else is done in the background. Each raises StudioError."""

    complete: Callable[[GenerationRequest], GenerationRequest]
    """Makes the choices that its prompts leave, and finds its add-ons."""
    missing: Callable[[Grid], tuple[Job, ...]]
    """The cells that are not in the gallery."""
    keep_sheet: Callable[[Grid], PictureRecord | None]
    """None while a cell is missing."""
    measures: Callable[[GridId], tuple[StepMeasure, ...]]
    """Of the steps of a grid whose labelled picture is kept."""


class GridDesk(QObject):
    """Lives in the window's thread; knows how far each grid is.

    Signals:
        submitted(list[Job]): to be put into the queue.
        sheet_kept(PictureRecord): the labelled picture of a grid is in the gallery.
        picture_asked(PictureId): the labelled picture of a grid is to be looked at.
    """

    submitted = Signal(object)
    sheet_kept = Signal(object)
    picture_asked = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        prepare: Callable[[Callable[[GenerationRequest], None]], None],
        models: Callable[[], Sequence[Checkpoint]],
        like: Callable[[Checkpoint], PictureParameters | None],
        queue: Queue,
        store: Callable[[], Grids],
        operations: GridOperations,
        run: RunInBackground,
        failed: Callable[[StudioError], None],
    ) -> None:
        """`prepare` tells what is asked for now; `like` is a picture that tells how fast a model is."""
        super().__init__()
        self._window = window
        self._prepare = prepare
        self._models = models
        self._like = like
        self._queue = queue
        self._store = store
        self._operations = operations
        self._run = run
        self._failed = failed
        self._kept: dict[GridId, KeptGrid] = {}
        self._missing: dict[GridId, set[JobId]] = {}
        self._dialog: GridDialog | None = None
        window.commands.grid.triggered.connect(self.ask)

    # --- asking ---

    def ask(self) -> None:
        """Open the dialog about what the panel asks for now."""
        self._prepare(self._open)

    def begin(self, kind: AxisKind, values: str) -> None:
        """Make what the panel asks for now once for each of these values, as they are typed in the dialog."""
        self._prepare(partial(self.begin_with, kind, values))

    def begin_with(self, kind: AxisKind, values: str, base: GenerationRequest) -> None:
        """Make `base` once for each of these values."""
        models = {model.name: model for model in self._models()}
        try:
            axes = (read_axis(kind, values, base, models.__getitem__),)
            plan = GridPlan(axes, cell_requests(base, axes))
        except StudioError as error:
            self._failed(error)
        else:
            self._keep(plan)

    def _open(self, base: GenerationRequest) -> None:
        if self._dialog is not None:  # it was asked for twice before it could come
            return
        dialog = GridDialog(self._window, base, self._models(), self._like(base.checkpoint))
        dialog.decided.connect(self._keep)
        dialog.kept.continue_asked.connect(self.go_on)
        dialog.kept.stop_asked.connect(self.stop)
        dialog.kept.show_asked.connect(self._look)
        dialog.kept.curve_asked.connect(self.show_curve)
        dialog.kept.forget_asked.connect(self._forget)
        dialog.finished.connect(self._on_closed)
        self._dialog = dialog
        self._show_states()
        dialog.open()

    def _on_closed(self, _result: int) -> None:
        self._dialog = None

    def _keep(self, plan: GridPlan) -> None:
        def keep() -> Grid:
            grid = new_grid(plan.axes, [self._operations.complete(request) for request in plan.cells])
            self._store().put(grid)
            return grid

        self._run(keep, done=self._begin, failed=self._refuse)

    def _begin(self, grid: Grid) -> None:
        if self._dialog is not None:
            self._dialog.close()
        self._know(KeptGrid(grid, None), grid.cells)
        self.submitted.emit(in_order_of_models(grid.cells))

    def _refuse(self, error: StudioError) -> None:
        if self._dialog is not None:
            self._dialog.show_fault(error)
        else:
            self._failed(error)

    # --- how far they are ---

    def start(self) -> None:
        """Look at what was kept; a labelled picture that a crash prevented is made now."""

        def look() -> list[tuple[KeptGrid, tuple[Job, ...]]]:
            return [(kept, () if kept.sheet else self._operations.missing(kept.grid)) for kept in self._store().grids()]

        self._run(look, done=self._on_looked, failed=self._failed)

    def _on_looked(self, found: list[tuple[KeptGrid, tuple[Job, ...]]]) -> None:
        for kept, missing in reversed(found):
            self._know(kept, missing)
            if kept.sheet is None and not missing:
                self._make_sheet(kept.grid)
        self._show_states()

    def _know(self, kept: KeptGrid, missing: Iterable[Job]) -> None:
        self._kept[kept.grid.id] = kept
        self._missing[kept.grid.id] = {job.id for job in missing}

    def on_picture_saved(self, record: PictureRecord) -> None:
        """It may be a cell."""
        grid = self._grid_of(record.job_id)
        if grid is not None and record.job_id is not None:
            self._missing[grid.id].discard(record.job_id)
            self._show_states()
            if not self._missing[grid.id]:
                self._make_sheet(grid)

    def on_job_ended(self, job: Job, *_: object) -> None:
        """However it ended: if it was the last one in the queue, a grid that lacks cells says so."""
        grid = self._grid_of(job.id)
        if grid is not None and self._missing[grid.id] and not self._queued(grid, but=job.id):
            self._tell_incomplete(grid)
        self._show_states()

    def _grid_of(self, job: JobId | None) -> Grid | None:
        """The unfinished grid that has this cell."""
        unfinished = [kept.grid for kept in self._kept.values() if kept.sheet is None]
        return next((grid for grid in unfinished if any(cell.id == job for cell in grid.cells)), None)

    def _queued(self, grid: Grid, *, but: JobId | None = None) -> list[JobId]:
        """The jobs of the grid that wait or run."""
        running = (self._queue.running,) if self._queue.running else ()
        cells = {job.id for job in grid.cells}
        return [job.id for job in (*running, *self._queue.waiting) if job.id in cells and job.id != but]

    # --- stopped and gone on with ---

    def stop(self, grid_id: GridId) -> None:
        """Take what waits out of the queue, and stop the cell that is being made."""
        grid = self._kept[grid_id].grid
        queued = self._queued(grid)
        self._queue.drop(*queued)
        if self._queue.running is not None and self._queue.running.id in queued:
            self._queue.cancel_running()  # its end tells that the grid is not complete
        else:
            self._tell_incomplete(grid)
        self._show_states()

    def go_on(self, grid_id: GridId) -> None:
        """Have the missing pictures made; those that were deleted meanwhile, too."""
        grid = self._kept[grid_id].grid

        def submit(missing: tuple[Job, ...]) -> None:
            if grid_id not in self._kept:  # it was forgotten meanwhile
                return
            self._window.notices.dismiss(_key(grid))
            self._know(KeptGrid(grid, None), missing)
            queued = self._queued(grid)
            self.submitted.emit(in_order_of_models(job for job in missing if job.id not in queued))
            if not missing:
                self._make_sheet(grid)
            self._show_states()

        self._run(lambda: self._operations.missing(grid), done=submit, failed=self._failed)

    def _tell_incomplete(self, grid: Grid) -> None:
        made = len(grid.cells) - len(self._missing[grid.id])
        self._window.notices.show_notice(
            Notice(
                tr("The grid is not complete"),
                tr(
                    "{made} of {n} pictures of “{name}” are there. Continue now, or later from “Grid of pictures”.",
                    made=made,
                    n=len(grid.cells),
                    name=grid.name,
                ),
                (Answer(tr("Continue"), partial(self.go_on, grid.id)),),
                key=_key(grid),
            )
        )

    # --- the labelled picture ---

    def _make_sheet(self, grid: Grid) -> None:
        def make() -> _Sheet | None:
            record = self._operations.keep_sheet(grid)
            return None if record is None else _Sheet(record, self._operations.measures(grid.id))

        self._run(make, done=partial(self._on_sheet, grid), failed=self._failed)

    def _on_sheet(self, grid: Grid, sheet: _Sheet | None) -> None:
        if grid.id not in self._kept:  # it was forgotten meanwhile; its pictures stay
            if sheet is not None:
                self.sheet_kept.emit(sheet.record)
            return
        if sheet is None:  # a cell was deleted meanwhile
            self._tell_incomplete(grid)
            return
        record = sheet.record
        self._know(KeptGrid(grid, record.id, sheet.measures), ())
        self._show_states()
        self.sheet_kept.emit(record)
        self._window.notices.dismiss(_key(grid))
        curve = (Answer(tr("Curve"), partial(self.show_curve, grid.id)),) if sheet.measures else ()
        self._window.notices.show_notice(
            Notice(
                tr("The grid is complete"),
                tr("{n} pictures of “{name}”, and one with all of them.", n=len(grid.cells), name=grid.name),
                (Answer(tr("Show"), partial(self.picture_asked.emit, record.id)), *curve),
                key=_COMPLETE,
            )
        )

    def _look(self, grid_id: GridId) -> None:
        sheet = self._kept[grid_id].sheet
        if sheet is not None and self._dialog is not None:
            self._dialog.close()
            self.picture_asked.emit(sheet)

    def show_curve(self, grid_id: GridId) -> None:
        """What more steps gave in this grid."""
        from studio.ui.grid.step_curve import StepCurveDialog

        kept = self._kept.get(grid_id)
        if kept is not None and kept.measures:
            StepCurveDialog(self._dialog or self._window, kept.grid.name, kept.measures).open()

    def _forget(self, grid_id: GridId) -> None:
        forgotten = self._kept.pop(grid_id)
        self._missing.pop(grid_id)
        self._window.notices.dismiss(_key(forgotten.grid))
        self._run(lambda: self._store().forget(grid_id), failed=self._failed)
        self._show_states()

    def _show_states(self) -> None:
        if self._dialog is not None:
            self._dialog.show_kept([self._state(kept) for kept in reversed(self._kept.values())])

    def _state(self, kept: KeptGrid) -> GridState:
        grid = kept.grid
        made = len(grid.cells) - len(self._missing[grid.id])
        return GridState(
            grid.id,
            grid.name,
            made,
            len(grid.cells),
            bool(self._queued(grid)),
            kept.sheet is not None,
            bool(kept.measures),
        )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The labelled picture that was made of a grid, and what was measured."""

    record: PictureRecord
    measures: tuple[StepMeasure, ...]


def _key(grid: Grid) -> str:
    return f"grid {grid.id}"

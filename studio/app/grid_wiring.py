"""The page of the circuit diagram about grids: from the panel to jobs, and back from their pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.checkpoints.addon_finder import AddonFinder
from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.grid import Grid, GridId, PlaceInGrid, StepMeasure
from studio.core.request import GenerationRequest
from studio.core.result import PictureParameters
from studio.gallery.gallery import Gallery
from studio.gallery.grid_store import GridStore
from studio.gallery.record import PictureRecord
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.generate_action import GenerateAction
from studio.ui.grid.grid_desk import GridDesk, GridOperations
from studio.ui.main_window import MainWindow
from studio.worker.background import BackgroundThread
from studio.worker.generation_service import GenerationService

_PICTURES_LOOKED_AT = 50


class GridWiring:
    """Everything about grids. `desk` has the signals."""

    def __init__(
        self,
        window: MainWindow,
        generate: GenerateAction,
        service: GenerationService,
        gallery: Gallery,
        model: GalleryModel,
        user_database: Path,
        addons: AddonFinder,
        wildcards: Path,
        checkpoint: Callable[[], Checkpoint],
        disk: BackgroundThread,
        announce: Callable[[StudioError], None],
    ) -> None:
        self._window = window
        self._gallery = gallery
        self._model = model
        self._user_database = user_database
        self._addons = addons
        self._wildcards = wildcards
        self._checkpoint = checkpoint
        self._store: GridStore | None = None
        operations = GridOperations(
            self._complete, lambda grid: gallery.without_pictures(grid.cells), self._keep_sheet, self._measures
        )
        self.desk = GridDesk(
            window,
            generate.prepare,
            self._models,
            self._newest_picture,
            service,
            self._opened_store,
            operations,
            disk.run,
            announce,
        )
        for ended in (service.job_finished, service.job_failed, service.job_cancelled):
            ended.connect(self.desk.on_job_ended)

    def start(self) -> None:
        """The gallery is open."""
        self.desk.start()

    def close(self) -> None:
        """The thread of the disk has ended."""
        if self._store is not None:
            self._store.close()

    def sources(self) -> set[str]:
        """What pictures start from that will be made when a grid is continued. Raises StorageError."""
        return self._opened_store().sources()

    def place_in_grid(self, record: PictureRecord) -> PlaceInGrid | None:
        """Which cell of which grid the picture is; None for one that is none. Raises StorageError."""
        store = self._opened_store()
        grid = store.grid_of_job(record.job_id) if record.job_id is not None else None
        kept = store.grid(grid) if grid is not None else None
        if kept is None:
            return None
        cells = kept.grid.cells
        place = next(place for place, job in enumerate(cells, 1) if job.id == record.job_id)
        return PlaceInGrid(place, len(cells), kept.grid.name)

    def _models(self) -> tuple[Checkpoint, ...]:
        """Those that are installed, with the one in use, which may be elsewhere."""
        installed, current = self._window.request_panel.model.installed, self._checkpoint()
        return installed if current.name in {model.name for model in installed} else (*installed, current)

    def _newest_picture(self, checkpoint: Checkpoint) -> PictureParameters | None:
        """One that tells how long this model takes, if it made one not long ago."""
        rows = range(min(self._model.rowCount(), _PICTURES_LOOKED_AT))
        records = [record for row in rows if (record := self._model.record(row)) is not None]
        told = [record.parameters for record in records if record.parameters is not None]
        return next((parameters for parameters in told if parameters.checkpoint_name == checkpoint.name), None)

    # --- in the thread of the disk ---

    def _opened_store(self) -> GridStore:
        """Opened when it is first needed: the window is painted without it. Raises StorageError."""
        if self._store is None:
            self._store = GridStore(self._user_database)
        return self._store

    def _complete(self, request: GenerationRequest) -> GenerationRequest:
        from studio.prompts.expansion import without_choices

        [chosen] = without_choices(request, self._wildcards)
        return self._addons.with_addons(chosen)

    def _measures(self, grid: GridId) -> tuple[StepMeasure, ...]:
        kept = self._opened_store().grid(grid)
        return () if kept is None else kept.measures

    def _keep_sheet(self, grid: Grid) -> PictureRecord | None:
        from studio.gallery.grid_sheets import keep_sheet

        return keep_sheet(self._gallery, self._opened_store(), grid)

"""The second page of the circuit diagram: how pictures come to the canvas, are sent from it, and how results return."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StorageError, StudioError
from studio.core.job import Job
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest
from studio.core.task import TextToImage
from studio.gallery.gallery import Gallery
from studio.gallery.picture_import import import_pictures
from studio.gallery.record import PictureRecord
from studio.gallery.source_store import SourceStore
from studio.imaging.decode import read_file, read_glimpse, read_picture, read_pixels
from studio.imaging.picture_metadata import read_whole_info
from studio.ui.canvas.autosave import CanvasAutosave
from studio.ui.canvas.canvas_desk import CanvasDesk, SourceOperations
from studio.ui.canvas.canvas_files import CanvasFileOperations, CanvasFiles
from studio.ui.canvas.canvas_opener import CanvasOpener, ReadOperations
from studio.ui.drop_zones import Purpose
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.incoming import Incoming
from studio.ui.incoming_pictures import FileOperations, IncomingPictures
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.worker.background import BackgroundThread

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.gallery.canvas_store import CanvasStore
    from studio.imaging.canvas_file import CanvasDocument
    from studio.ui.canvas.canvas_page import CanvasPage
    from studio.ui.canvas.staging import Staging


class CanvasWiring(QObject):
    """Everything about the canvas. `submit` puts a request into the queue.

    Signals:
        discarded(PictureRecord): a result that the user does not want to keep in the gallery either.
    """

    discarded = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        stage: PictureStage,
        disk: BackgroundThread,
        scan: BackgroundThread,
        gallery: Gallery,
        model: GalleryModel,
        sources: SourceStore,
        canvas_database: Path,
        checkpoint: Callable[[], Checkpoint],
        submit: Callable[[GenerationRequest], None],
        announce: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._stage = stage
        self._disk = disk
        self._gallery = gallery
        self._model = model
        self._checkpoint = checkpoint
        self._submit = submit
        self._announce = announce
        self.staging: Staging | None = None
        self._is_ready = False
        self._has_preview = False
        self._waiting: list[Incoming] = []
        self.sources = SourceOperations(sources.put_image, sources.put_mask)
        self.desk = CanvasDesk(window, disk.run, self.sources, announce)
        self.autosave = CanvasAutosave(
            partial(_canvas_store, canvas_database), self.desk, window.notices, disk.run, gallery.record, announce
        )
        self.opener = CanvasOpener(
            window,
            self.desk,
            disk.run,
            ReadOperations(read_glimpse, read_picture, sources.image, sources.mask),
            gallery.record,
            self.autosave.new_canvas,
            checkpoint,
            announce,
        )
        self.files = CanvasFiles(
            window,
            self.desk,
            self.opener,
            lambda: self.staging,
            self.autosave.new_canvas,
            disk.run,
            CanvasFileOperations(_read_canvas, _write_canvas, read_file, gallery.keep),
            announce,
        )
        self.incoming = IncomingPictures(
            window,
            disk.run,
            scan.run,
            FileOperations(read_whole_info, partial(import_pictures, gallery)),
            gallery.record,
            self.opener.open_incoming,
            self.files.open_canvas_file,
            announce,
        )
        self._connect()

    def _connect(self) -> None:
        self.autosave.ready.connect(self._on_ready)
        self.desk.page_made.connect(self._on_page_made)
        self.desk.shown.connect(self._stage.set_covered)
        self.desk.opened.connect(lambda: self._set_open(True))
        self.desk.closed.connect(lambda: self._set_open(False))
        self._stage.picture_chosen.connect(self.desk.hide)
        self._window.commands.edit.triggered.connect(self._edit_shown_picture)
        self._window.commands.show_canvas.triggered.connect(self.desk.show)

    def _on_page_made(self, page: CanvasPage) -> None:
        """The page is there: results can be staged over it."""
        from studio.ui.canvas.staging import Staging

        whole = self._model.thumbnails.whole
        staging = Staging(self.desk, page, self._disk.run, read_pixels, whole, self._checkpoint, self._announce)
        staging.bar.stands.connect(self._window.notices.stand_above)
        staging.requested.connect(self._submit)
        staging.discarded.connect(self._on_discarded)
        keep = staging.commands.keep_discarded
        keep.setChecked(self._window.request_panel.start.keep_discarded)
        keep.toggled.connect(self._window.request_panel.start.set_keep_discarded)
        self.staging = staging
        page.view.state_changed.connect(self._show_state)
        self.desk.shown.connect(self._on_shown)
        self.autosave.watch(staging)
        own, results = page.canvas_commands, staging.commands
        self._window.offer_canvas((*own.for_menu, None, *results.all, None, own.close))
        page.close_requested.connect(self.opener.close)

    # --- what the connections call ---

    def _on_discarded(self, record: PictureRecord) -> None:
        if not self._window.request_panel.start.keep_discarded:
            self.discarded.emit(record)

    def _on_shown(self, _shown: bool) -> None:
        self._show_state(self.desk.page.view.state)

    def _show_state(self, state: str) -> None:
        self._window.job_bar.show_context(state if self.desk.is_shown else "")

    def _set_open(self, there: bool) -> None:
        for command in (self._window.commands.show_canvas, self._window.commands.save_canvas):
            command.setEnabled(there)

    def on_picture_saved(self, record: PictureRecord) -> None:
        if self.staging is not None:
            self.staging.on_picture_saved(record)

    def on_picture_deleted(self, picture: PictureId) -> None:
        if self.staging is not None:
            self.staging.on_picture_deleted(picture)

    def on_preview(self, job: Job, pixels: Pixels) -> None:
        """A job that was sent from the canvas is watched there."""
        task = job.request.task
        if not isinstance(task, TextToImage) and self.desk.is_from_here(task.image):
            self._has_preview = True
            self.desk.page.view.show_over(pixels)

    def on_job_ended(self) -> None:
        """However it ended: what is looked at comes back."""
        if self._has_preview and self.staging is not None:
            self._has_preview = False
            self.staging.show_again()

    def make_page(self) -> None:
        """Beforehand: opening a picture has enough to do."""
        self.desk.make_page()

    def start(self) -> None:
        """Lay down what was kept of the canvas, then the file that was asked for at the start."""
        self.autosave.restore()

    def close(self) -> None:
        self.autosave.close()

    def open_files(self, found: Incoming) -> None:
        """Lay one file on the canvas, once it is there; several, and folders, are added to the gallery."""
        if self._is_ready:
            self.incoming.receive(Purpose.START if found.is_one_file else Purpose.ADD_TO_GALLERY, found)
        else:
            self._waiting.append(found)

    def _on_ready(self) -> None:
        self._is_ready = True
        waiting, self._waiting = self._waiting, []
        for found in waiting:
            self.open_files(found)

    def open_file(self, path: Path) -> None:
        self.incoming.open_file(path)

    def _edit_shown_picture(self) -> None:
        record = self._stage.shown_record
        if record is not None:
            self.opener.open_record(record)


# What only the canvas needs is imported when it is needed: the window is painted without it.


def import_canvas() -> None:
    """Beforehand and beside the window: together these take a quarter of a second."""
    for name in ("studio.gallery.canvas_store", "studio.imaging.seen_part", "studio.ui.canvas.staging"):
        importlib.import_module(name)


def _canvas_store(path: Path, failed: Callable[[StorageError], None]) -> CanvasStore:
    from studio.gallery.canvas_store import CanvasStore

    return CanvasStore(path, failed)


def _read_canvas(path: Path) -> CanvasDocument:
    from studio.imaging.canvas_file import read_canvas

    return read_canvas(path)


def _write_canvas(path: Path, document: CanvasDocument) -> None:
    from studio.imaging.canvas_file import write_canvas

    write_canvas(path, document)

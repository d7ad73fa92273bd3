"""The page of the circuit diagram about what the first picture of the window needs; the rest is on that of later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from studio.app.announcements import Announcements
from studio.app.canvas_wiring import CanvasWiring
from studio.app.gallery_wiring import GalleryWiring, gallery_model
from studio.app.kept_settings import KeptSettings
from studio.app.model_choice import ModelChoice
from studio.app.model_stores import addon_finder, checkpoint_store
from studio.app.prompt_choices import PromptChoices
from studio.app.prompt_wiring import InstalledNames, PromptWiring, read_names
from studio.app.recording import Recording
from studio.app.saved_queue import SavedQueue
from studio.app.turns import Turns
from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.job import Job, JobId
from studio.core.request import GenerationRequest
from studio.core.session import GenerationSession
from studio.core.sources import PixelSource
from studio.gallery.gallery import Gallery
from studio.gallery.queue_store import QueueStore
from studio.gallery.record import PictureRecord
from studio.gallery.source_store import SourceStore
from studio.imaging.decode import read_pixels
from studio.imaging.enlarge import enlarged_preview
from studio.settings.paths import UserPaths
from studio.settings.prompt_book_store import PromptBookStore
from studio.ui.generate_action import GenerateAction
from studio.ui.job_presenter import JobPresenter
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.worker.background import BackgroundThread
from studio.worker.generation_service import GenerationService
from studio.worker.generation_worker import GenerationWorker, MemoryUse
from studio.worker.preview_mailbox import PreviewMailbox


class EarlyWiring(QObject):
    """The window, the threads and the stores of the program.

    Signals:
        preview_shown(PreviewFrame): a guess of the picture that is being made has arrived.
    """

    preview_shown = Signal(object)

    def __init__(
        self,
        application: QApplication,
        paths: UserPaths,
        session_factory: Callable[[PixelSource], GenerationSession],
        *,
        safe: bool = False,
    ) -> None:
        """Nothing is shown and no thread is started. `safe`: with the settings of a first start.

        Raises StudioError if a store cannot be used.
        """
        super().__init__()
        self.paths = paths
        self.disk = BackgroundThread("disk")
        self.scan = BackgroundThread("scan")
        self.typing = BackgroundThread("typing")
        self.turns = Turns()
        self.kept_settings = KeptSettings(application, paths.settings_file, self.disk, self.announce, safe=safe)
        settings = self.kept_settings.value
        self.checkpoints = checkpoint_store(paths)
        self.pictures_folder = Path(settings.gallery.folder or paths.gallery)
        self.gallery = Gallery(
            self.pictures_folder, paths.index_database, paths.thumbnails_database, paths.user_database
        )
        self.sources = SourceStore(self.pictures_folder)
        self.queue_store = QueueStore(paths.user_database)
        self.queue = SavedQueue(self.queue_store, self.gallery, self.disk, self.announce)

        self.previews = PreviewMailbox()
        self.recording = Recording(
            paths.trajectories, settings.process, self.gallery, self.disk, self.scan, self.announce
        )
        self.worker = GenerationWorker(
            partial(session_factory, self.sources),
            self.gallery.add,
            self.previews,
            MemoryUse(settings.memory.placement, settings.memory.idle_minutes),
            self.recording.keep_steps,
        )
        self.service = GenerationService(self.worker, self.queue.save)

        self.kept_settings.apply_palette()
        self.gallery_model = gallery_model(self.gallery)
        self.addons = addon_finder(paths)
        self.names = InstalledNames(self.typing, lambda: read_names(self.addons, paths.wildcards), self.announce)
        self.window = MainWindow(self.gallery_model, self.names)
        self.announcements = Announcements(self.window.notices, paths.logs)
        self.announcements.wait_with(self.kept_settings.notices)
        self.models = ModelChoice(
            self.window, self.checkpoints, self.addons, settings.panel.checkpoint, self.scan, self.announce
        )
        self.announcements.wait_with(self.models.notices)
        self.pictures = GalleryWiring(
            self.window, self.gallery_model, self.gallery, self.disk, self.scan, self.typing, self.announce
        )
        self.stage = PictureStage(
            self.window,
            self.disk.run,
            read_pixels,
            self.gallery.foreign_settings,
            self.announce,
            lambda: self.pictures.large.is_open,
        )
        self.jobs = JobPresenter(self.window, self.stage)
        self.canvas = CanvasWiring(
            self.window,
            self.stage,
            self.disk,
            self.scan,
            self.gallery,
            self.gallery_model,
            self.sources,
            paths.canvas_database,
            lambda: self.checkpoint,
            self._submit,
            self.announce,
        )
        self.prompts = PromptWiring(
            self.window.request_panel.prompt,
            self.names,
            self.window.notices,
            self.typing,
            self.disk,
            PromptBookStore(paths.prompts_file),
            lambda: self.checkpoint,
            self.announce,
        )
        self.generate = GenerateAction(
            self.window.request_panel,
            self.canvas.desk,
            lambda: self.checkpoint,
            PromptChoices(paths.wildcards, self.disk.run, self.announce),
            self.addons.with_addons,
        )
        self._put_state_into_window()
        self._connect_generation()
        self._connect_commands()
        self._connect_models()
        self.announcements.hear_unknown_exceptions()

    @property
    def checkpoint(self) -> Checkpoint:
        """The model that pictures are made with."""
        return self.models.switch.checkpoint

    # --- connections ---

    def _connect_generation(self) -> None:
        service, jobs = self.service, self.jobs
        self.generate.requested.connect(self._submit)
        self.generate.requested.connect(self.models.switch.go_on)
        self.generate.used.connect(self.window.request_panel.prompt.shelf.remember)
        jobs.again_requested.connect(self._submit)
        service.device_known.connect(jobs.on_device_known)
        service.ready.connect(jobs.on_ready)
        service.load_failed.connect(jobs.on_load_failed)
        service.memory_freed.connect(jobs.on_memory_freed)
        service.queue_changed.connect(
            lambda: jobs.on_queue_changed(
                running=service.running is not None, waiting=service.waiting, held=service.is_held
            )
        )
        service.job_started.connect(jobs.on_started)
        service.progressed.connect(jobs.on_progressed)
        service.picture_saved.connect(self._add_to_gallery)
        service.picture_saved.connect(jobs.on_picture_saved)
        for ended in (service.job_finished, service.job_failed, service.job_cancelled):
            ended.connect(self.canvas.on_job_ended)
        service.job_finished.connect(jobs.on_finished)
        service.job_failed.connect(jobs.on_failed)
        service.job_cancelled.connect(jobs.on_cancelled)
        self.queue.continued.connect(self.submit_jobs)
        self.canvas.incoming.added.connect(self.pictures.show_imported)
        self.canvas.incoming.watch_asked.connect(self.pictures.folders.watch)
        self.previews.frame_arrived.connect(self._show_preview)
        self.window.watched_changed.connect(self.previews.set_watched)
        self.window.picture_view.welcome.example_chosen.connect(self.make_example)

    def _connect_commands(self) -> None:
        commands = self.window.commands
        commands.make.triggered.connect(self.generate.trigger)
        commands.cancel.triggered.connect(self._cancel)
        self.canvas.incoming.started_from.connect(self.kept_settings.remember_file)
        self.canvas.files.saved.connect(self.kept_settings.remember_file)
        commands.recent.chosen.connect(self.canvas.incoming.open_file)
        commands.recent.cleared.connect(self.kept_settings.forget_files)
        self.pictures.offer_albums_in(self.canvas.incoming.zones)
        self.pictures.large.opened.connect(self.stage.stay)

    def _connect_models(self) -> None:
        self.models.switch.switched.connect(self._on_model_switched)
        self.models.switch.switched.connect(self.prompts.on_model_switched)
        self.generate.requested.connect(self.pictures.large.hide)

    # --- what the connections call ---

    def _submit(self, request: GenerationRequest) -> None:
        self.stage.follow()
        self.service.submit(request)

    def submit_jobs(self, jobs: Sequence[Job]) -> None:
        """Those of the last session, or the cells of a grid."""
        self.queue.take(jobs, self.window.notices)
        self.stage.follow()
        self.service.submit_jobs(jobs)

    def is_idle(self) -> bool:
        return self.service.running is None and (self.service.is_held or not self.service.waiting)

    def _add_to_gallery(self, _job_id: JobId, record: PictureRecord) -> None:
        self.pictures.search.add(record)
        self.canvas.on_picture_saved(record)

    def make_example(self, prompt: str) -> None:
        self.window.request_panel.prompt.set_texts(prompt, "")
        self.generate.trigger()

    def _cancel(self) -> None:
        self.jobs.on_cancelling()
        self.service.cancel_running()

    def _show_preview(self) -> None:
        frame = self.previews.take()
        job = self.service.running
        if frame is not None and job is not None:
            pixels = enlarged_preview(frame.pixels)  # once, for both: that of a large picture takes 15 ms
            self.stage.on_preview(pixels)
            self.preview_shown.emit(frame)
            self.canvas.on_preview(job, pixels)

    def announce(self, error: StudioError) -> None:
        self.jobs.announce(error)

    def _on_model_switched(self, checkpoint: Checkpoint) -> None:
        self.kept_settings.set_checkpoint(checkpoint.entry_id or checkpoint.name)
        self.window.picture_view.welcome.show_checkpoint(checkpoint)
        self.jobs.on_model_switched(checkpoint, idle=self.service.running is None)
        self.service.prepare(checkpoint)

    # --- the state of the last session ---

    def _put_state_into_window(self) -> None:
        self.kept_settings.put_into(self.window)
        self.window.picture_view.welcome.show_checkpoint(self.checkpoint)
        self.announcements.wait_with_gallery(self.gallery.open())
        self.recording.open()
        self.gallery_model.reload()
        self.window.request_panel.prompt.focus_prompt()

"""The circuit diagram of the program: everything is made and connected on this page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from studio.app.announcements import Announcements
from studio.app.canvas_wiring import CanvasWiring
from studio.app.desktop_wiring import DesktopWiring
from studio.app.download_offers import DownloadOffers
from studio.app.gallery_upkeep import GalleryUpkeep
from studio.app.gallery_wiring import GalleryWiring, gallery_model
from studio.app.grid_wiring import GridWiring
from studio.app.guide_wiring import GuideWiring
from studio.app.kept_settings import KeptSettings
from studio.app.menu_wiring import connect_menus
from studio.app.model_choice import ModelChoice
from studio.app.model_stores import addon_finder, checkpoint_store, download_options
from studio.app.models_wiring import ModelsWiring
from studio.app.picture_wiring import PictureWiring
from studio.app.preload import import_numpy
from studio.app.process_wiring import ProcessWiring
from studio.app.prompt_choices import PromptChoices
from studio.app.prompt_wiring import InstalledNames, PromptWiring, prepare_prompts, read_names
from studio.app.recording import Recording
from studio.app.report_wiring import connect_diagnostics
from studio.app.saved_queue import SavedQueue
from studio.app.window_imports import import_for_window
from studio.checkpoints.installed_model import InstalledModel
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
from studio.grids.axes import AxisKind
from studio.grids.presets import GUIDANCE, STEPS
from studio.imaging.decode import read_pixels
from studio.imaging.picture_metadata import read_whole_info
from studio.settings.paths import UserPaths
from studio.settings.prompt_book_store import PromptBookStore
from studio.ui.generate_action import GenerateAction
from studio.ui.incoming import Incoming
from studio.ui.job_presenter import JobPresenter
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.worker.background import BackgroundThread
from studio.worker.download_service import DownloadService
from studio.worker.generation_service import GenerationService
from studio.worker.generation_worker import GenerationWorker, MemoryUse
from studio.worker.preview_mailbox import PreviewMailbox


class Studio(QObject):
    """The running program: its window, its threads and its stores."""

    def __init__(
        self,
        application: QApplication,
        paths: UserPaths,
        session_factory: Callable[[PixelSource], GenerationSession],
        *,
        safe: bool = False,
    ) -> None:
        """Build everything; nothing is shown and no thread is started. `safe`: with the settings of a first start.

        Raises StudioError if a store cannot be used.
        """
        super().__init__()
        self._application = application
        self._paths = paths
        self.disk = BackgroundThread("disk")
        self.scan = BackgroundThread("scan")
        self.typing = BackgroundThread("typing")
        self.kept_settings = KeptSettings(application, paths.settings_file, self.disk, self._announce, safe=safe)
        settings = self.kept_settings.value
        self.checkpoints = checkpoint_store(paths)
        pictures_folder = Path(settings.gallery.folder or paths.gallery)
        self.gallery = Gallery(pictures_folder, paths.index_database, paths.thumbnails_database, paths.user_database)
        self.sources = SourceStore(pictures_folder)
        self.queue_store = QueueStore(paths.user_database)
        self.queue = SavedQueue(self.queue_store, self.gallery, self.disk, self._announce)

        self.previews = PreviewMailbox()
        self.recording = Recording(
            paths.trajectories, settings.process, self.gallery, self.disk, self.scan, self._announce
        )
        self.worker = GenerationWorker(
            partial(session_factory, self.sources),
            self.gallery.add,
            self.previews,
            MemoryUse(settings.memory.placement, settings.memory.idle_minutes),
            self.recording.keep_steps,
        )
        self.service = GenerationService(self.worker, self.queue.save)
        self.downloads = DownloadService(download_options(paths))

        self.kept_settings.apply_palette()
        self.gallery_model = gallery_model(self.gallery)
        self.addons = addon_finder(paths)
        self.names = InstalledNames(self.typing, lambda: read_names(self.addons, paths.wildcards), self._announce)
        self.window = MainWindow(self.gallery_model, self.names)
        self.announcements = Announcements(self.window.notices, paths.logs)
        self.announcements.wait_with(self.kept_settings.notices)
        self.models = ModelChoice(
            self.window, self.checkpoints, self.addons, settings.panel.checkpoint, self.scan, self._announce
        )
        self.announcements.wait_with(self.models.notices)
        self.pictures = GalleryWiring(
            self.window, self.gallery_model, self.gallery, self.disk, self.scan, self.typing, self._announce
        )
        self.stage = PictureStage(self.window, self.disk.run, read_pixels, read_whole_info, self._announce)
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
            self._announce,
        )
        self.model_page = ModelsWiring(
            self.window,
            self.stage,
            paths,
            self.downloads,
            self.service,
            self.addons.with_addons,
            lambda: self.checkpoint,
            self._announce,
        )
        self.prompts = PromptWiring(
            self.window.request_panel.prompt,
            self.names,
            self.window.notices,
            self.typing,
            self.disk,
            PromptBookStore(paths.prompts_file),
            lambda: self.checkpoint,
            self._announce,
        )
        self.generate = GenerateAction(
            self.window.request_panel,
            self.canvas.desk,
            lambda: self.checkpoint,
            PromptChoices(paths.wildcards, self.disk.run, self._announce),
            self.addons.with_addons,
        )
        self.grids = GridWiring(
            self.window,
            self.generate,
            self.service,
            self.gallery,
            self.gallery_model,
            paths.user_database,
            self.addons,
            paths.wildcards,
            lambda: self.checkpoint,
            self.disk,
            self._announce,
        )
        self.pictures.tell_families(self.grids.place_in_grid)
        self.upkeep = GalleryUpkeep(
            self.gallery,
            self.sources,
            self.disk.run,
            self.scan.run,
            lambda: self.queue_store.sources() | self.grids.sources(),
            lambda: self.canvas.desk.sent,
            self._is_idle,
            self._announce,
        )
        self.download_offers = DownloadOffers(self.window.notices, self.downloads, self.model_page.show_tokens)
        one_picture = PictureWiring(
            self.window,
            self.gallery_model,
            self.stage,
            self.gallery,
            pictures_folder,
            self.disk,
            self.scan,
            lambda: self.checkpoint,
            self._announce,
        )
        self.compare, self.unsaved = one_picture.compare, one_picture.unsaved
        self.picture_commands, self.picture_export = one_picture.commands, one_picture.export
        connect_menus(self.window, paths, pictures_folder, self.kept_settings, self.service)
        self._put_state_into_window()
        self._connect_generation()
        self._connect_commands()
        self._connect_models()
        self._connect_process()
        self.announcements.hear_unknown_exceptions()

    @property
    def checkpoint(self) -> Checkpoint:
        """The model that pictures are made with."""
        return self.models.switch.checkpoint

    # --- start and end ---

    def show(self) -> None:
        """Show the window; the rest begins when it is on the screen."""
        self.window.first_painted.connect(self._show_newest)
        self.window.first_painted.connect(self.pictures.search.read_rest)
        self.window.first_painted.connect(self._import_behind_the_window)
        self.window.show()

    def close(self) -> bool:
        """Save what the window knows and stop the threads; the queue is kept. False if the engine hangs."""
        self.kept_settings.close()
        self.upkeep.stop()
        self.announcements.stop()
        self.prompts.close()
        self.downloads.stop()
        self.model_page.close()
        self.process.close()
        stopped = self.service.stop()
        self.desktop.close()
        self.recording.close()
        self.disk.stop()
        self.canvas.close()
        self.picture_export.cancel()
        self.canvas.incoming.cancel_imports()
        self.scan.stop()
        self.typing.stop()
        self.gallery_model.thumbnails.stop()
        self.pictures.close()
        if stopped:
            self.gallery.close()
        self.queue_store.close()
        self.grids.close()
        return stopped

    def _show_newest(self) -> None:
        """Not before the window is painted: a picture is read with numpy, whose import would make the window wait."""
        self.disk.run(import_numpy, failed=self._announce)
        self.window.gallery_panel.select_first()

    def _import_behind_the_window(self) -> None:
        """Before the engine is imported, which would make these wait with the window."""
        self.disk.run(import_for_window, done=self._start_canvas, failed=self._announce)

    def _start_canvas(self, _imported: None) -> None:
        """In a turn of its own, as its page takes long to build, and while nothing else works beside the window."""
        self.canvas.start()
        self.typing.run(prepare_prompts, done=self._start_behind_the_window, failed=self._announce)

    def _start_behind_the_window(self, _prepared: None) -> None:
        self.jobs.on_preparing(self.checkpoint.name)
        self.announcements.show_waiting()
        self.queue.restore(self.window.notices)
        self.downloads.restore()
        self.prompts.start()
        self.pictures.start()
        self.grids.start()
        self.models.offer_vaes()
        self.models.offer_models()
        self.upkeep.start()
        self.desktop.start()
        self.window.came_to_front.connect(self.upkeep.look_at_folders)
        self.service.start()  # last: while the engine's libraries are opened, another thread takes long to start
        self.service.prepare(self.checkpoint)

    # --- connections ---

    def _connect_generation(self) -> None:
        service, jobs = self.service, self.jobs
        self.generate.requested.connect(self._submit)
        self.generate.requested.connect(self.models.switch.go_on)
        self.generate.used.connect(self.window.request_panel.prompt.shelf.remember)
        jobs.again_requested.connect(self._submit)
        service.device_known.connect(jobs.on_device_known)
        service.device_known.connect(self.picture_commands.on_device_known)
        service.ready.connect(self._on_ready)
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
        service.picture_unsaved.connect(self.unsaved.hold)
        service.job_finished.connect(jobs.on_finished)
        service.job_failed.connect(jobs.on_failed)
        service.job_cancelled.connect(jobs.on_cancelled)
        self.unsaved.saved.connect(self.pictures.search.add)
        self.unsaved.saved.connect(self.stage.on_picture_saved)
        self.unsaved.saved.connect(self.grids.desk.on_picture_saved)
        self.grids.desk.submitted.connect(self._submit_jobs)
        self.grids.desk.sheet_kept.connect(self.pictures.search.add)
        self.queue.continued.connect(self._submit_jobs)
        self.upkeep.changed.connect(self.gallery_model.thumbnails.forget)  # missing ones are made
        self.upkeep.changed.connect(self.pictures.search.refresh)
        self.upkeep.mended.connect(self.announcements.tell_of_gallery)
        self.upkeep.reconciled.connect(self.recording.forget_gone)
        self.canvas.incoming.added.connect(self.pictures.show_imported)
        self.canvas.incoming.watching.connect(self.pictures.search.refresh)
        self.unsaved.resolved.connect(service.resume)
        self.previews.frame_arrived.connect(self._show_preview)
        self.window.watched_changed.connect(self.previews.set_watched)
        self.desktop = DesktopWiring(self.window, service, self.kept_settings, self._is_idle, self._announce)
        self.window.picture_view.welcome.example_chosen.connect(self._make_example)

    def _connect_commands(self) -> None:
        connect_diagnostics(self.window, self._paths, self.kept_settings, self.disk.run, self._announce)
        commands = self.window.commands
        commands.make.triggered.connect(self.generate.trigger)
        commands.cancel.triggered.connect(self._cancel)
        self.canvas.incoming.started_from.connect(self.kept_settings.remember_file)
        self.canvas.files.saved.connect(self.kept_settings.remember_file)
        commands.recent.chosen.connect(self.canvas.incoming.open_file)
        commands.recent.cleared.connect(self.kept_settings.forget_files)
        self.picture_commands.start_wanted.connect(self.canvas.opener.open_task)
        self.pictures.offer_albums_in(self.canvas.incoming.zones)
        self.pictures.large.opened.connect(self.stage.stay)
        self.picture_commands.restored.connect(self.pictures.search.refresh)
        self.picture_commands.deleted.connect(self.canvas.on_picture_deleted)
        self.canvas.discarded.connect(self.picture_commands.delete)
        self.window.ask_before_closing(self.unsaved.may_be_lost)

    def _connect_models(self) -> None:
        panel = self.window.request_panel.model
        self.models.switch.switched.connect(self._on_model_switched)
        self.models.switch.switched.connect(self.prompts.on_model_switched)
        panel.manage_requested.connect(self.model_page.show)
        self.model_page.model_chosen.connect(self.models.switch.switch)
        self.model_page.changed.connect(self.models.offer_models)
        self.model_page.changed.connect(self.models.offer_vaes)
        self.model_page.changed.connect(self.names.look)
        self.model_page.replaced.connect(self._on_model_replaced)
        for hide in (self.model_page.hide, self.compare.hide, self.pictures.large.hide):
            self.generate.requested.connect(hide)

    def _connect_process(self) -> None:
        """After the stage, which the process follows."""
        self.process = ProcessWiring(
            self.window,
            self.stage,
            self.recording,
            self.service,
            self.worker,
            self.checkpoints.find,
            self.addons,
            self.disk,
            lambda: self.checkpoint,
            self.canvas.opener,
            self.canvas.sources,
            self.generate.prepare,
            self._make_example,
            self._announce,
        )
        self.process.inside.grid_asked.connect(partial(self.grids.desk.begin_with, AxisKind.GUIDANCE, GUIDANCE))
        self.process.inside.steps_asked.connect(partial(self.grids.desk.begin_with, AxisKind.STEPS, STEPS))
        self.models.switch.switched.connect(self.process.study.look)
        self.canvas.incoming.look_asked.connect(self.process.look_at)
        self.guide = GuideWiring(
            self.window,
            self.stage,
            self.kept_settings,
            self.generate,
            self.grids,
            self.process,
            self.canvas.opener,
            self.service,
            self.disk.run,
            self._announce,
        )

    # --- what the connections call ---

    def _submit(self, request: GenerationRequest) -> None:
        self.stage.follow()
        self.service.submit(request)

    def _submit_jobs(self, jobs: Sequence[Job]) -> None:
        """Those of the last session, or the cells of a grid."""
        self.queue.take(jobs, self.window.notices)
        self.stage.follow()
        self.service.submit_jobs(jobs)

    def _is_idle(self) -> bool:
        return self.service.running is None and (self.service.is_held or not self.service.waiting)

    def _on_ready(self, _checkpoint: Checkpoint) -> None:
        if self.service.running is None:
            self.jobs.on_ready()

    def _add_to_gallery(self, _job_id: JobId, record: PictureRecord) -> None:
        self.pictures.search.add(record)
        self.canvas.on_picture_saved(record)
        self.grids.desk.on_picture_saved(record)

    def open_files(self, files: Sequence[Path]) -> None:
        """Lay one on the canvas as soon as the window is there; several, and folders, are added to the gallery, and
        models to the models."""
        if files:
            others = self.model_page.offer_models_of(files)
            if others:
                self.canvas.open_files(Incoming(others))

    def come_to_front(self, files: Sequence[Path]) -> None:
        """Another start of the program wants this window, with these files."""
        self.window.come_to_front()
        self.open_files(files)

    def _make_example(self, prompt: str) -> None:
        self.window.request_panel.prompt.set_texts(prompt, "")
        self.generate.trigger()

    def _cancel(self) -> None:
        self.jobs.on_cancelling()
        self.service.cancel_running()

    def _show_preview(self) -> None:
        frame = self.previews.take()
        job = self.service.running
        if frame is not None and job is not None:
            self.stage.on_preview(frame)
            self.process.on_preview(frame)
            self.canvas.on_preview(job, frame)

    def _announce(self, error: StudioError) -> None:
        self.jobs.announce(error)

    def _on_model_switched(self, checkpoint: Checkpoint) -> None:
        self.kept_settings.set_checkpoint(checkpoint.entry_id or checkpoint.name)
        self.window.picture_view.welcome.show_checkpoint(checkpoint)
        self.jobs.on_model_switched(checkpoint.name, idle=self.service.running is None)
        self.service.prepare(checkpoint)

    def _on_model_replaced(self, before: Path, model: InstalledModel) -> None:
        """Go on with it as it is now, and where it is."""
        if before == self.checkpoint.path and isinstance(model.model, Checkpoint):
            self.models.switch.switch(model.model)

    # --- the state of the last session ---

    def _put_state_into_window(self) -> None:
        self.kept_settings.put_into(self.window)
        self.window.picture_view.welcome.show_checkpoint(self.checkpoint)
        self.announcements.wait_with_gallery(self.gallery.open())
        self.recording.open()
        self.gallery_model.reload()
        self.window.request_panel.prompt.focus_prompt()

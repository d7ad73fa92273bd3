"""The page of the circuit diagram about what nobody sees in the first picture of the window: pages that are opened
later, and what works behind the window.

It is imported and made once the window is painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from studio.app.desktop_wiring import DesktopWiring
from studio.app.download_offers import DownloadOffers
from studio.app.early_wiring import EarlyWiring
from studio.app.gallery_upkeep import GalleryUpkeep
from studio.app.grid_wiring import GridWiring
from studio.app.guide_wiring import GuideWiring
from studio.app.menu_wiring import connect_menus
from studio.app.model_stores import download_options
from studio.app.models_wiring import ModelsWiring
from studio.app.picture_wiring import PictureWiring
from studio.app.process_wiring import ProcessWiring
from studio.app.report_wiring import connect_diagnostics
from studio.checkpoints.installed_model import InstalledModel
from studio.core.checkpoint import Checkpoint
from studio.core.job import JobId
from studio.core.picture_id import PictureId
from studio.core.progress import PreviewFrame
from studio.gallery.record import PictureRecord
from studio.grids.axes import AxisKind
from studio.grids.presets import GUIDANCE, STEPS
from studio.ui.incoming import Incoming
from studio.worker.download_service import DownloadService


class LaterWiring:
    """Everything that `early` does without until the window is painted."""

    def __init__(self, early: EarlyWiring) -> None:
        """No thread is started and nothing is shown."""
        self._early = early
        paths, window, announce = early.paths, early.window, early.announce

        def checkpoint() -> Checkpoint:
            return early.checkpoint

        connect_menus(window, paths, early.pictures_folder, early.kept_settings, early.service)
        connect_diagnostics(window, paths, early.kept_settings, early.disk.run, announce)
        pictures = PictureWiring(
            window,
            early.gallery_model,
            early.stage,
            early.gallery,
            early.pictures_folder,
            early.disk,
            early.scan,
            checkpoint,
            announce,
        )
        self.compare, self.unsaved = pictures.compare, pictures.unsaved
        self.picture_commands, self.picture_export = pictures.commands, pictures.export
        self.downloads = DownloadService(download_options(paths))
        self.model_page = ModelsWiring(
            window,
            early.stage,
            paths,
            self.downloads,
            early.service,
            early.addons.with_addons,
            checkpoint,
            announce,
        )
        self.download_offers = DownloadOffers(window.notices, self.downloads, self.model_page.show_tokens)
        self.grids = GridWiring(
            window,
            early.generate,
            early.service,
            early.gallery,
            early.gallery_model,
            paths.user_database,
            early.addons,
            paths.wildcards,
            checkpoint,
            early.disk,
            announce,
        )
        self.upkeep = GalleryUpkeep(
            early.gallery,
            early.sources,
            early.disk.run,
            early.scan.run,
            lambda: early.queue_store.sources() | self.grids.sources(),
            lambda: early.canvas.desk.sent,
            early.is_idle,
            announce,
        )
        self.process = ProcessWiring(
            window,
            early.stage,
            early.recording,
            early.service,
            early.worker,
            early.checkpoints.find,
            early.addons,
            early.disk,
            checkpoint,
            early.canvas.opener,
            early.canvas.sources,
            early.generate.prepare,
            early.make_example,
            announce,
        )
        self.guide = GuideWiring(
            window,
            early.stage,
            early.kept_settings,
            early.generate,
            self.grids,
            self.process,
            early.canvas.opener,
            early.service,
            early.disk.run,
            announce,
        )
        self.desktop = DesktopWiring(window, early.service, early.kept_settings, early.is_idle, announce)
        self._connect_pictures()
        self._connect_models()
        self._connect_grids_and_process()

    def start(self) -> None:
        """The gallery is open; what is left of the last session is looked at, in the background."""
        self._follow_selected()
        self.downloads.restore()
        self.grids.start()
        self.upkeep.start()
        self.desktop.start()
        self._early.window.came_to_front.connect(self.upkeep.look_at_folders)

    def stop(self) -> None:
        """Before the service and the threads of the first page end."""
        self.upkeep.stop()
        self.downloads.stop()
        self.model_page.close()
        self.process.close()

    def close(self) -> None:
        """The service and the thread of the disk have ended."""
        self.desktop.close()
        self.picture_export.cancel()
        self.grids.close()

    def take(self, files: Sequence[Path]) -> None:
        """Lay one of `files` on the canvas; several, and folders, are added to the gallery, and models to the
        models."""
        others = self.model_page.offer_models_of(files)
        if others:
            self._early.canvas.open_files(Incoming(others))

    def _follow_selected(self) -> None:
        """The newest picture was selected before there was anyone to hear of it."""
        record = self._early.window.gallery_panel.current
        if record is not None:
            self.process.strip.follow()
            self._early.pictures.family.look(record)

    # --- connections ---

    def _connect_pictures(self) -> None:
        early, service = self._early, self._early.service
        service.device_known.connect(self.picture_commands.on_device_known)
        service.picture_unsaved.connect(self.unsaved.hold)
        self.unsaved.saved.connect(early.pictures.search.add)
        self.unsaved.saved.connect(early.stage.on_picture_saved)
        self.unsaved.resolved.connect(service.resume)
        early.window.ask_before_closing(self.unsaved.may_be_lost)
        self.picture_commands.start_wanted.connect(early.canvas.opener.open_task)
        self.picture_commands.restored.connect(early.pictures.search.refresh)
        self.picture_commands.deleted.connect(early.canvas.on_picture_deleted)
        early.canvas.discarded.connect(self.picture_commands.delete)
        self.upkeep.changed.connect(early.gallery_model.thumbnails.forget)  # missing ones are made
        self.upkeep.changed.connect(early.pictures.search.refresh)
        self.upkeep.mended.connect(early.announcements.tell_of_gallery)
        self.upkeep.reconciled.connect(early.recording.forget_gone)

    def _connect_models(self) -> None:
        early, switch = self._early, self._early.models.switch
        early.window.request_panel.model.manage_requested.connect(self.model_page.show)
        self.model_page.model_chosen.connect(switch.switch)
        switch.switched.connect(self.model_page.show_in_use)
        self.model_page.changed.connect(early.models.offer_models)
        self.model_page.changed.connect(early.models.offer_vaes)
        self.model_page.changed.connect(early.names.look)
        self.model_page.replaced.connect(self._on_model_replaced)
        for hide in (self.model_page.hide, self.compare.hide):
            early.generate.requested.connect(hide)

    def _connect_grids_and_process(self) -> None:
        early, desk = self._early, self.grids.desk
        early.pictures.tell_families(self.grids.place_in_grid)
        early.service.picture_saved.connect(self._on_picture_saved)
        self.unsaved.saved.connect(desk.on_picture_saved)
        desk.submitted.connect(early.submit_jobs)
        desk.sheet_kept.connect(early.pictures.search.add)
        desk.picture_asked.connect(self._show_picture)
        self.process.inside.grid_asked.connect(partial(desk.begin_with, AxisKind.GUIDANCE, GUIDANCE))
        self.process.inside.steps_asked.connect(partial(desk.begin_with, AxisKind.STEPS, STEPS))
        early.models.switch.switched.connect(self.process.study.look)
        early.canvas.incoming.look_asked.connect(self.process.look_at)
        early.preview_shown.connect(self._on_preview)

    def _show_picture(self, picture: PictureId) -> None:
        """In the middle: pages that are about a picture would stay, and tell of this one."""
        self.process.desk.hide()
        self._early.pictures.search.go_to(picture)

    def _on_picture_saved(self, _job_id: JobId, record: PictureRecord) -> None:
        self.grids.desk.on_picture_saved(record)

    def _on_preview(self, frame: PreviewFrame) -> None:
        self.process.on_preview(frame)

    def _on_model_replaced(self, before: Path, model: InstalledModel) -> None:
        """Go on with it as it is now, and where it is."""
        if before == self._early.checkpoint.path and isinstance(model.model, Checkpoint):
            self._early.models.switch.switch(model.model)

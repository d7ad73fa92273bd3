"""The third page of the circuit diagram: the page of the models, its library and its downloads.

Nothing of it is made before the page is asked for, except that downloads of an earlier session are put into the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.app.model_stores import download_options
from studio.checkpoints.download.credentials import KeyringTokens, server_of
from studio.core.checkpoint import Checkpoint
from studio.core.download import Download, DownloadId
from studio.core.errors import StudioError
from studio.core.job import JobId
from studio.core.request import GenerationRequest
from studio.core.session import DeviceInfo
from studio.gallery.record import PictureRecord
from studio.settings.paths import UserPaths
from studio.ui.file_manager import open_folder
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.worker.background import BackgroundThread
from studio.worker.download_service import DownloadService
from studio.worker.generation_service import GenerationService

if TYPE_CHECKING:
    from studio.app.model_pictures import ModelPictures
    from studio.app.model_work import ModelWork
    from studio.ui.model_manager.model_works import ModelWorks
    from studio.ui.model_manager.models_page import ModelsPage
    from studio.ui.model_manager.models_presenter import ModelsPresenter
    from studio.ui.model_manager.token_desk import TokenDesk


class ModelsWiring(QObject):
    """Everything about the page of the models.

    Signals:
        model_chosen(Checkpoint): make pictures with this one.
        changed(): a model came or went.
        replaced(Path, InstalledModel): the model that was at this path is another, or elsewhere, now.
    """

    model_chosen = Signal(object)
    changed = Signal()
    replaced = Signal(object, object)

    def __init__(
        self,
        window: MainWindow,
        stage: PictureStage,
        paths: UserPaths,
        downloads: DownloadService,
        service: GenerationService,
        with_addons: Callable[[GenerationRequest], GenerationRequest],
        checkpoint: Callable[[], Checkpoint],
        announce: Callable[[StudioError], None],
    ) -> None:
        """`with_addons` finds what a prompt names, in the background; `checkpoint` tells the model in use."""
        super().__init__()
        self._with_addons = with_addons
        self._checkpoint = checkpoint
        self._window = window
        self._thread = BackgroundThread("models")
        self._files = BackgroundThread("model files")
        self._works: ModelWorks | None = None
        self._paths = paths
        self._announce = announce
        self._work: ModelWork | None = None
        self._downloads = downloads
        self._service = service
        self._device: DeviceInfo | None = None
        self._pictures: ModelPictures | None = None
        self._endpoints = download_options(paths).endpoints
        self._keyring = BackgroundThread("keyring")
        self._tokens: TokenDesk | None = None
        self._page: ModelsPage | None = None
        self._presenter: ModelsPresenter | None = None
        window.commands.show_models.triggered.connect(self.show)
        window.commands.tokens.triggered.connect(self._show_tokens)
        stage.picture_chosen.connect(self.hide)
        self._downloads.changed.connect(self._on_changed)
        service.device_known.connect(self._on_device_known)
        service.picture_saved.connect(self._on_picture_saved)

    def show(self) -> None:
        """Show the page, looking at the disk anew."""
        presenter = self._made_presenter()
        self._window.show_page(self._page, foot=self._page.foot_height if self._page is not None else 0)
        presenter.refresh()
        if self._page is not None:
            self._page.search.setFocus()

    def offer_models_of(self, files: Sequence[Path]) -> tuple[Path, ...]:
        """Show the page if models are among `files`, and ask how to add them. Returns the other files."""
        from studio.checkpoints.model_files import MODEL_ENDINGS

        models = tuple(file for file in files if file.suffix.lower() in MODEL_ENDINGS)
        if models:
            self.show()
            if self._page is not None:
                self._page.files_given.emit(models)
        return tuple(file for file in files if file not in models)

    def show_in_use(self, _checkpoint: Checkpoint) -> None:
        """Another model is used for the next pictures."""
        if self._presenter is not None:
            self._presenter.show_in_use()

    def hide(self, _request: object = None) -> None:
        """Back to what was in the middle before: the picture that is asked for will be there."""
        if self._page is not None and self._page.isVisible():
            self._window.show_page(None)

    def show_tokens(self, server: str = "") -> None:
        """Ask for the tokens, first for that of this server if it is one of the sites."""
        self._tokens = self._tokens or self._make_token_desk()
        self._tokens.open(server or server_of(self._endpoints.hub))

    def _show_tokens(self, _checked: bool = False) -> None:
        self.show_tokens()

    def close(self) -> None:
        """What runs in the background is cancelled: it leaves nothing half done."""
        if self._work is not None:
            self._work.close()
        if self._works is not None:
            self._works.stop_all()
        self._thread.stop()
        self._files.stop()
        self._keyring.stop()

    # --- the page ---

    def _made_presenter(self) -> ModelsPresenter:
        if self._presenter is None:
            self._presenter = self._make_presenter()
        return self._presenter

    def _make_presenter(self) -> ModelsPresenter:
        from studio.app.model_pictures import ModelPictures
        from studio.app.model_work import ModelWork
        from studio.ui.model_manager.model_list_model import ModelListModel
        from studio.ui.model_manager.model_works import ModelWorks
        from studio.ui.model_manager.models_page import ModelsPage
        from studio.ui.model_manager.models_presenter import ModelsPresenter

        model = ModelListModel(self)
        page = ModelsPage(model)
        self._work = ModelWork(self._paths)
        if self._device is not None:
            self._work.device = self._device
        self._works = ModelWorks(self._files.run)
        operations = self._work.operations()
        presenter = ModelsPresenter(
            page,
            model,
            operations,
            self._works,
            self._thread.run,
            self._window.notices,
            self._announce,
            self._checkpoint,
        )
        self._page = page
        self._window.add_page(page)
        self._connect(page, presenter)
        pictures = ModelPictures(
            self._service, self._work.keep_thumbnail, self._with_addons, self._thread.run, self._announce
        )
        presenter.test_picture_asked.connect(pictures.make)
        pictures.kept.connect(presenter.refresh)
        self._pictures = pictures
        presenter.on_downloads_changed(self._downloads.downloads)
        return presenter

    def _connect(self, page: ModelsPage, presenter: ModelsPresenter) -> None:
        downloads = self._downloads
        page.close_asked.connect(self.hide)
        presenter.model_chosen.connect(self.model_chosen)
        presenter.changed.connect(self.changed)
        presenter.replaced.connect(self.replaced)
        presenter.folder_asked.connect(open_folder)
        presenter.prompt_part_asked.connect(self._window.request_panel.prompt.add)
        presenter.token_asked.connect(self.show_tokens)
        page.tokens_asked.connect(self.show_tokens)
        presenter.fetches.asked.connect(downloads.add)
        presenter.fetches.look_up_asked.connect(self._look_up)
        presenter.pause_asked.connect(downloads.pause)
        presenter.resume_asked.connect(downloads.resume)
        presenter.cancel_asked.connect(downloads.cancel)
        presenter.earlier_asked.connect(self._move_up)
        downloads.changed.connect(presenter.on_downloads_changed)
        downloads.progressed.connect(presenter.on_progressed)
        downloads.finished.connect(presenter.on_finished)
        downloads.looked_up.connect(presenter.fetches.on_looked_up)
        downloads.lookup_failed.connect(presenter.fetches.on_lookup_failed)

    def _make_token_desk(self) -> TokenDesk:
        from studio.ui.model_manager.token_desk import TokenDesk, TokenOperations
        from studio.ui.model_manager.token_dialog import TokenSite

        hub, civitai = self._endpoints.hub, self._endpoints.civitai  # a mirror of the hub has tokens of its own
        sites = (
            TokenSite("Hugging Face", server_of(hub), f"{hub}/settings/tokens"),
            TokenSite("Civitai", server_of(civitai), f"{civitai}/user/account"),
        )
        tokens = KeyringTokens()
        operations = TokenOperations(lambda server: tokens.token(server) is not None, tokens.store)
        return TokenDesk(self._window, sites, operations, self._keyring.run)

    def _on_changed(self, downloads: tuple[Download, ...]) -> None:
        """Downloads that an earlier session left bring the page with them, so that what they end with is heard."""
        if downloads:
            self._made_presenter()

    def _on_device_known(self, device: DeviceInfo) -> None:
        """What fits into the memory is another question then."""
        self._device = device
        if self._work is not None and self._presenter is not None:
            self._work.device = device
            self._presenter.refresh()

    def _on_picture_saved(self, job_id: JobId, record: PictureRecord) -> None:
        """A test picture brings the page with it, which keeps it: it may have been asked for in an earlier session."""
        job = self._service.running
        if job is not None and job.id == job_id and job.sample_of is not None:
            self._made_presenter()
            if self._pictures is not None:
                self._pictures.on_made(job.sample_of, record)

    def _look_up(self, text: str) -> None:
        self._downloads.look_up(text, self._paths.checkpoints)

    def _move_up(self, which: str) -> None:
        ids = [download.plan.id for download in self._downloads.downloads]
        position = ids.index(DownloadId(which)) if which in ids else 0
        self._downloads.move(DownloadId(which), max(0, position - 1))

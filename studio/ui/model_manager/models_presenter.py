"""Between the page of the models and what knows of them: fills the list, and carries out what a person asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from studio.checkpoints.catalogue_entry import CatalogueEntry, Licence, Repository
from studio.checkpoints.installed_model import InstalledModel, Removal
from studio.checkpoints.verification import Verification
from studio.core.checkpoint import Checkpoint
from studio.core.download import Download, DownloadId, DownloadPlan, DownloadProgress, DownloadResult
from studio.core.errors import StudioError
from studio.ui.background import RunInBackground
from studio.ui.messages import message_for
from studio.ui.model_manager.model_list_model import ModelListModel, Shown
from studio.ui.model_manager.model_row import ModelAction, size_text
from studio.ui.model_manager.model_rows import (
    all_rows,
    download_key,
    installed_key,
    offered_key,
    progress_text,
)
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.notice_bar import Notice, NoticeBar


@dataclass(frozen=True, slots=True)
class ModelsFound:
    """What was found on the disk and in the catalogue. `problems` are sentences about what cannot be used."""

    bundled: Checkpoint
    installed: tuple[InstalledModel, ...]
    entries: tuple[CatalogueEntry, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelOperations:
    """What the page does to the disk. Each is called in the background and raises StudioError."""

    look: Callable[[], ModelsFound]
    add: Callable[[Path], InstalledModel]
    adopt: Callable[[DownloadResult], InstalledModel]
    verify: Callable[[InstalledModel], Verification]
    removal: Callable[[InstalledModel], Removal]
    remove: Callable[[InstalledModel], Removal]
    search_places: Callable[[], int]
    is_accepted: Callable[[Licence], bool]
    accept: Callable[[Licence], None]
    plan: Callable[[CatalogueEntry], DownloadPlan | None]
    """None where the site has to be asked which files there are."""
    verdict: Callable[[CatalogueEntry], str]


class ModelsPresenter(QObject):
    """Lives as long as the window. The service of the downloads is connected to its signals and slots.

    Signals:
        model_chosen(Checkpoint): make pictures with this one.
        changed(): something was installed or removed.
        download_asked(DownloadPlan)
        look_up_asked(str): what is at this address?
        pause_asked(DownloadId), resume_asked(DownloadId), cancel_asked(DownloadId), earlier_asked(DownloadId)
        folder_asked(Path): show it in the file manager.
    """

    model_chosen = Signal(object)
    changed = Signal()
    download_asked = Signal(object)
    look_up_asked = Signal(str)
    pause_asked = Signal(str)
    resume_asked = Signal(str)
    cancel_asked = Signal(str)
    earlier_asked = Signal(str)
    folder_asked = Signal(object)

    def __init__(
        self,
        page: ModelsPage,
        model: ModelListModel,
        operations: ModelOperations,
        run: RunInBackground,
        notices: NoticeBar,
        announce: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._page = page
        self._model = model
        self._operations = operations
        self._run = run
        self._notices = notices
        self._announce = announce
        self._found: ModelsFound | None = None
        self._downloads: tuple[Download, ...] = ()
        self._progress: dict[str, DownloadProgress] = {}
        self._announced_problems: tuple[str, ...] = ()
        page.card.action_asked.connect(self._on_action)
        page.address_given.connect(self._on_address)
        page.files_given.connect(self._on_files)
        page.search_places_asked.connect(self._on_search_places)

    def refresh(self) -> None:
        """Look at the disk anew."""
        self._run(self._operations.look, done=self._on_found, failed=self._announce)

    # --- what the service of the downloads says ---

    def on_downloads_changed(self, downloads: tuple[Download, ...]) -> None:
        self._downloads = downloads
        self._show()

    def on_progressed(self, progress: tuple[DownloadProgress, ...]) -> None:
        for part in progress:
            self._progress[part.id] = part
            self._model.update_progress(download_key(part.id), part.fraction, progress_text(part))

    def on_finished(self, result: DownloadResult) -> None:
        """All files are there and verified: now it is a model."""
        self._run(lambda: self._operations.adopt(result), done=self._on_fetched, failed=self._announce)

    def on_looked_up(self, _text: str, plan: DownloadPlan) -> None:
        self._page.set_looking_up(busy=False)
        self._page.address.clear()
        self.download_asked.emit(plan)
        self._page.show_only(Shown.COMING)
        self._page.choose(download_key(plan.id))

    def on_lookup_failed(self, _text: str, error: StudioError) -> None:
        self._page.set_looking_up(busy=False)
        self._page.show_address_fault(message_for(error).text)

    # --- what the page asks for ---

    def _on_address(self, text: str) -> None:
        self._page.set_looking_up(busy=True)
        self.look_up_asked.emit(text)

    def _on_files(self, files: tuple[Path, ...]) -> None:
        for file in files:
            self._run(lambda file=file: self._operations.add(file), done=self._on_adopted, failed=self._announce)

    def _on_search_places(self) -> None:
        self._run(self._operations.search_places, done=self._on_places_searched, failed=self._announce)

    def _on_action(self, action: ModelAction, key: str) -> None:
        installed, entry, download = self._installed(key), self._entry(key), self._download(key)
        if download is not None:
            self._act_on_download(action, download.plan.id)
        elif installed is not None:
            self._act_on_installed(action, installed)
        elif entry is not None:
            self._act_on_entry(action, entry)
        elif self._found is not None and action is ModelAction.USE:
            self.model_chosen.emit(self._found.bundled)

    def _act_on_download(self, action: ModelAction, download_id: DownloadId) -> None:
        asked = {
            ModelAction.PAUSE: self.pause_asked,
            ModelAction.RESUME: self.resume_asked,
            ModelAction.CANCEL: self.cancel_asked,
            ModelAction.EARLIER: self.earlier_asked,
        }
        asked[action].emit(download_id)

    def _act_on_installed(self, action: ModelAction, model: InstalledModel) -> None:
        match action:
            case ModelAction.USE if isinstance(model.model, Checkpoint):
                self.model_chosen.emit(model.model)
            case ModelAction.SHOW_FOLDER:
                self.folder_asked.emit(model.folder)
            case ModelAction.VERIFY:
                self._run(lambda: self._operations.verify(model), done=self._on_verified, failed=self._announce)
            case ModelAction.REMOVE:
                self._run(
                    lambda: self._operations.removal(model),
                    done=lambda removal: self._ask_to_remove(model, removal),
                    failed=self._announce,
                )
            case _:
                self._open_address(action, self._entry_of(model))

    def _act_on_entry(self, action: ModelAction, entry: CatalogueEntry) -> None:
        if action is ModelAction.DOWNLOAD:
            self._run(
                lambda: self._operations.is_accepted(entry.licence),
                done=lambda accepted: self._download_or_ask(entry, accepted=accepted),
                failed=self._announce,
            )
        else:
            self._open_address(action, entry)

    def _open_address(self, action: ModelAction, entry: CatalogueEntry | None) -> None:
        if entry is None or not isinstance(entry.origin, Repository):
            return
        address = entry.licence.url if action is ModelAction.READ_LICENCE else entry.origin.page
        QDesktopServices.openUrl(QUrl(address))

    # --- downloading ---

    def _download_or_ask(self, entry: CatalogueEntry, *, accepted: bool) -> None:
        if accepted:
            self._download_entry(entry)
            return
        licence = entry.licence
        gated = " Its page must be accepted there first, with an account of yours." if licence.gated else ""
        self._page.card.ask(
            f"{entry.name} is under {licence.name}. {licence.allows}{gated}",
            "Accept and download",
            lambda: self._accept_and_download(entry),
        )

    def _accept_and_download(self, entry: CatalogueEntry) -> None:
        self._run(
            lambda: self._operations.accept(entry.licence),
            done=lambda _: self._download_entry(entry),
            failed=self._announce,
        )

    def _download_entry(self, entry: CatalogueEntry) -> None:
        self._run(
            lambda: self._operations.plan(entry), done=lambda plan: self._fetch(entry, plan), failed=self._announce
        )

    def _fetch(self, entry: CatalogueEntry, plan: DownloadPlan | None) -> None:
        if plan is not None:
            self.download_asked.emit(plan)
        elif isinstance(entry.origin, Repository):
            self._on_address(entry.origin.page)

    # --- removing and verifying ---

    def _ask_to_remove(self, model: InstalledModel, removal: Removal) -> None:
        if self._page.card.row is not None and self._page.card.row.key == installed_key(model.path):
            self._page.card.ask(removal_text(removal), "Remove", lambda: self._remove(model))

    def _remove(self, model: InstalledModel) -> None:
        self._run(lambda: self._operations.remove(model), done=self._on_removed, failed=self._announce)

    def _on_removed(self, removal: Removal) -> None:
        self._notices.show_notice(Notice(f"{removal.name} was removed", removal_done_text(removal)))
        self.refresh()
        self.changed.emit()

    def _on_verified(self, verification: Verification) -> None:
        bad = verification.bad
        if bad:
            names = ", ".join(check.fact.path for check in bad)
            text = f"{names}: not what it should be. Remove the model and fetch it again."
        else:
            count = len(verification.files)
            text = f"{count} file{'s are' if count != 1 else ' is'} what {'they' if count != 1 else 'it'} should be."
        self._notices.show_notice(Notice(f"{verification.name} was checked", text, grave=bool(bad)))

    # --- finding ---

    def _on_found(self, found: ModelsFound) -> None:
        self._found = found
        if found.problems and found.problems != self._announced_problems:
            self._notices.show_notice(Notice("Some models cannot be used", "\n".join(found.problems[:3]), key="models"))
        self._announced_problems = found.problems
        self._show()

    def _on_adopted(self, model: InstalledModel) -> None:
        self._notices.show_notice(Notice(f"{model.name} is there", "It can be used now."))
        self.refresh()
        self.changed.emit()

    def _on_fetched(self, _model: InstalledModel) -> None:
        self.refresh()
        self.changed.emit()

    def _on_places_searched(self, count: int) -> None:
        text = (
            f"{count} models of other programs are used where they are."
            if count
            else "No models were found where A1111, ComfyUI, InvokeAI and Hugging Face keep theirs."
        )
        self._notices.show_notice(Notice("Looked for models", text))
        self.refresh()
        if count:
            self.changed.emit()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        self._model.set_rows(
            all_rows(found.bundled, found.installed, found.entries, self._downloads, self._operations.verdict)
        )
        for progress in self._progress.values():
            self._model.update_progress(download_key(progress.id), progress.fraction, progress_text(progress))

    def _installed(self, key: str) -> InstalledModel | None:
        models = self._found.installed if self._found else ()
        return next((model for model in models if installed_key(model.path) == key), None)

    def _entry(self, key: str) -> CatalogueEntry | None:
        entries = self._found.entries if self._found else ()
        return next((entry for entry in entries if offered_key(entry.id) == key), None)

    def _entry_of(self, model: InstalledModel) -> CatalogueEntry | None:
        return self._entry(offered_key(model.entry_id)) if model.entry_id else None

    def _download(self, key: str) -> Download | None:
        return next((download for download in self._downloads if download_key(download.plan.id) == key), None)


def removal_text(removal: Removal) -> str:
    """What would happen, before it does."""
    if removal.kept_at is not None:
        return f"{removal.name} is used in place: it goes from this list, and its files stay at {removal.kept_at}."
    shared = f" {len(removal.shared)} of its files stay, because other models use them." if removal.shared else ""
    return f"{removal.name} goes to the system's trash. {size_text(removal.freed)} are freed.{shared}"


def removal_done_text(removal: Removal) -> str:
    if removal.kept_at is not None:
        return f"Its files are still at {removal.kept_at}."
    return f"It is in the system's trash, with {size_text(removal.freed)}."

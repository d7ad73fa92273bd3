"""Between the page of the models and what knows of them: fills the list, and carries out what a person asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from studio.checkpoints.catalogue_entry import CatalogueEntry, Repository
from studio.checkpoints.download.credentials import server_asking
from studio.checkpoints.installed_model import AnyModel, InstalledModel, Removal
from studio.checkpoints.library import HowToAdd
from studio.checkpoints.scan import FoundModel
from studio.core.checkpoint import Checkpoint
from studio.core.download import Download, DownloadId, DownloadPlan, DownloadProgress, DownloadResult
from studio.core.errors import StudioError
from studio.ui.background import RunInBackground
from studio.ui.messages import message_for
from studio.ui.model_manager.model_list_model import ModelListModel, Shown
from studio.ui.model_manager.model_operations import Checked, ModelOperations, ModelsFound
from studio.ui.model_manager.model_row import ModelAction
from studio.ui.model_manager.model_rows import (
    all_rows,
    download_key,
    installed_key,
    offered_key,
    progress_text,
)
from studio.ui.model_manager.model_texts import (
    ABOUT_ADDING,
    checked_text,
    others_text,
    plan_text,
    removal_done_text,
    removal_text,
)
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.notice_bar import Answer, Notice, NoticeBar

_WAYS_TO_ADD = {
    HowToAdd.IN_PLACE: "Use it where it is",
    HowToAdd.COPY: "Copy it",
    HowToAdd.MOVE: "Move it",
}


class ModelsPresenter(QObject):
    """Lives as long as the window. The service of the downloads is connected to its signals and slots.

    Signals:
        model_chosen(Checkpoint): make pictures with this one.
        changed(): something was installed or removed.
        download_asked(DownloadPlan)
        look_up_asked(str): what is at this address?
        pause_asked(DownloadId), resume_asked(DownloadId), cancel_asked(DownloadId), earlier_asked(DownloadId)
        folder_asked(Path): show it in the file manager.
        test_picture_asked(InstalledModel): make one that stands for it in the list.
        token_asked(): the hub wants to see a token for this model.
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
    test_picture_asked = Signal(object)
    token_asked = Signal()

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
        self._listed: dict[str, CatalogueEntry] = {}
        """Entries whose files are being asked for, by the address that was given."""
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

    def on_looked_up(self, text: str, plan: DownloadPlan) -> None:
        self._page.set_looking_up(busy=False)
        entry = self._listed.pop(text, None)
        if entry is not None:
            self._prepare(plan, entry)
            return
        self._page.address.clear()
        answers = (Answer("Download", lambda: self._prepare(plan, None)), Answer("Leave it", _do_nothing))
        self._notices.show_notice(Notice(f"Download “{plan.title}”?", plan_text(plan), answers, key="looked up"))

    def on_lookup_failed(self, text: str, error: StudioError) -> None:
        self._page.set_looking_up(busy=False)
        if self._listed.pop(text, None) is not None:
            self._announce(error)
        else:
            self._page.show_address_fault(message_for(error).text, server_asking(error))

    # --- what the page asks for ---

    def _on_address(self, text: str) -> None:
        self._page.set_looking_up(busy=True)
        self.look_up_asked.emit(text)

    def _on_files(self, files: tuple[Path, ...]) -> None:
        what = f"“{files[0].name}”" if len(files) == 1 else f"{len(files)} files"
        answers = tuple(Answer(text, partial(self._add, files, how)) for how, text in _WAYS_TO_ADD.items())
        self._notices.show_notice(Notice(f"Add {what}?", ABOUT_ADDING, answers, key="add"))

    def _add(self, files: tuple[Path, ...], how: HowToAdd) -> None:
        if how is not HowToAdd.IN_PLACE:
            self._notices.show_notice(Notice("Adding…", "You can go on working meanwhile.", key="add"))
        for file in files:
            self._run(partial(self._operations.add, file, how), done=self._on_added, failed=self._announce)

    def _on_search_places(self) -> None:
        self._run(self._operations.find_others, done=self._on_others_found, failed=self._announce)

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

    def _act_on_installed(self, action: ModelAction, model: AnyModel) -> None:
        match action:
            case ModelAction.USE if isinstance(model, InstalledModel) and isinstance(model.model, Checkpoint):
                self.model_chosen.emit(model.model)
            case ModelAction.TEST_PICTURE if isinstance(model, InstalledModel):
                self._make_test_picture(model)
            case ModelAction.SHOW_FOLDER:
                self.folder_asked.emit(model.folder)
            case ModelAction.VERIFY:
                self._run(lambda: self._operations.check(model), done=self._on_checked, failed=self._announce)
            case ModelAction.REMOVE:
                self._run(
                    lambda: self._operations.removal(model),
                    done=lambda removal: self._ask_to_remove(model, removal),
                    failed=self._announce,
                )
            case _:
                self._open_address(action, self._entry_of(model))

    def _act_on_entry(self, action: ModelAction, entry: CatalogueEntry) -> None:
        if action is ModelAction.GIVE_TOKEN:
            self.token_asked.emit()
        elif action is ModelAction.DOWNLOAD:
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
        gated = (
            " Accept its page there first, with an account of yours, and give a token of it." if licence.gated else ""
        )
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
            self._listed[entry.origin.address] = entry
            self._on_address(entry.origin.address)

    def _prepare(self, plan: DownloadPlan, entry: CatalogueEntry | None) -> None:
        agreed = replace(plan, licence_accepted=True)
        self._run(lambda: self._operations.prepare(agreed, entry), done=self._begin, failed=self._announce)

    def _begin(self, plan: DownloadPlan) -> None:
        self.download_asked.emit(plan)
        self._page.show_only(Shown.COMING)
        self._page.choose(download_key(plan.id))

    # --- removing and verifying ---

    def _ask_to_remove(self, model: AnyModel, removal: Removal) -> None:
        if self._page.card.row is not None and self._page.card.row.key == installed_key(model.path):
            self._page.card.ask(removal_text(removal), "Remove", lambda: self._remove(model))

    def _remove(self, model: AnyModel) -> None:
        self._run(lambda: self._operations.remove(model), done=self._on_removed, failed=self._announce)

    def _on_removed(self, removal: Removal) -> None:
        self._notices.show_notice(Notice(f"{removal.name} was removed", removal_done_text(removal)))
        self.refresh()
        self.changed.emit()

    def _on_checked(self, checked: Checked) -> None:
        repair = checked.repair
        answers = () if repair is None else (Answer("Fetch them again", lambda: self._begin(repair)),)
        title = f"{checked.verification.name} was checked"
        grave = bool(checked.verification.bad)
        self._notices.show_notice(Notice(title, checked_text(checked), answers, grave=grave))

    # --- finding ---

    def _on_found(self, found: ModelsFound) -> None:
        self._found = found
        if found.problems and found.problems != self._announced_problems:
            self._notices.show_notice(Notice("Some models cannot be used", "\n".join(found.problems[:3]), key="models"))
        self._announced_problems = found.problems
        self._show()

    def _on_added(self, model: InstalledModel) -> None:
        self._notices.dismiss("add")
        self._tell_arrived(model)
        self.refresh()
        self.changed.emit()

    def _tell_arrived(self, model: InstalledModel) -> None:
        """With what one wants of it first: to see what it makes."""
        title, key = f"{model.name} is there", f"arrived {model.root}"
        if not isinstance(model.model, Checkpoint):
            self._notices.show_notice(Notice(title, "It can be used now.", key=key))
            return
        checkpoint = model.model
        use = Answer("Use it", lambda: self.model_chosen.emit(checkpoint))
        sample = Answer("Make a test picture", partial(self._make_test_picture, model))
        text = "A test picture with its best settings shows what it makes, and stands for it in the list."
        self._notices.show_notice(Notice(title, text, (sample, use, Answer("Later", _do_nothing)), key=key))

    def _make_test_picture(self, model: InstalledModel) -> None:
        self.test_picture_asked.emit(model)

    def _on_fetched(self, model: InstalledModel) -> None:
        self._tell_arrived(model)
        self._run(self._operations.look, done=lambda found: self._show_fetched(found, model), failed=self._announce)
        self.changed.emit()

    def _show_fetched(self, found: ModelsFound, model: InstalledModel) -> None:
        """Whoever watched the last download sees what came of it, not an empty list."""
        self._on_found(found)
        if self._model.shown is Shown.COMING and not self._model.rowCount():
            self._page.show_only(Shown.ALL)
            self._page.choose(installed_key(model.path))

    def _on_others_found(self, others: tuple[FoundModel, ...]) -> None:
        if not others:
            text = "Nothing new was found where A1111, ComfyUI, InvokeAI and Hugging Face keep their models."
            self._notices.show_notice(Notice("Looked for models", text, key="others"))
            return
        use = Answer("Use them where they are", partial(self._use_others, others))
        answers = (use, Answer("Leave them", _do_nothing))
        self._notices.show_notice(Notice("Models of other programs", others_text(others), answers, key="others"))

    def _use_others(self, others: tuple[FoundModel, ...]) -> None:
        self._run(lambda: self._operations.use_others(others), done=self._on_others_used, failed=self._announce)

    def _on_others_used(self, count: int) -> None:
        text = f"{count} of them can be used now; their files stay where they are."
        self._notices.show_notice(Notice("Models of other programs", text, key="others"))
        self.refresh()
        self.changed.emit()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        self._model.set_rows(
            all_rows(
                found.bundled,
                found.installed,
                found.broken,
                found.entries,
                self._downloads,
                found.verdicts,
                found.thumbnails,
            )
        )
        for progress in self._progress.values():
            self._model.update_progress(download_key(progress.id), progress.fraction, progress_text(progress))

    def _installed(self, key: str) -> AnyModel | None:
        models = (*self._found.installed, *self._found.broken) if self._found else ()
        return next((model for model in models if installed_key(model.path) == key), None)

    def _entry(self, key: str) -> CatalogueEntry | None:
        entries = self._found.entries if self._found else ()
        return next((entry for entry in entries if offered_key(entry.id) == key), None)

    def _entry_of(self, model: AnyModel) -> CatalogueEntry | None:
        return self._entry(offered_key(model.entry_id)) if model.entry_id else None

    def _download(self, key: str) -> Download | None:
        return next((download for download in self._downloads if download_key(download.plan.id) == key), None)


def _do_nothing() -> None:
    """The answer was no."""

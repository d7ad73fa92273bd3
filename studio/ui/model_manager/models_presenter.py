"""Between the page of the models and what knows of them: fills the list, and carries out what a person asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from studio.checkpoints.catalogue_entry import CatalogueEntry, Repository
from studio.checkpoints.installed_model import AnyModel, InstalledModel, Removal
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.scan import FoundModel
from studio.checkpoints.work_progress import WorkProgress
from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.download import Download, DownloadId, DownloadPlan, DownloadProgress, DownloadResult, DownloadState
from studio.core.errors import ModelWorkCancelled, StudioError
from studio.core.language import tr
from studio.ui.background import RunInBackground
from studio.ui.messages import message_for
from studio.ui.model_manager.model_arrivals import ModelArrivals
from studio.ui.model_manager.model_fetches import ModelFetches
from studio.ui.model_manager.model_list_model import ModelListModel, Shown
from studio.ui.model_manager.model_operations import Checked, ModelOperations, ModelsFound
from studio.ui.model_manager.model_row import ModelAction, RowState
from studio.ui.model_manager.model_rows import (
    adding_key,
    all_rows,
    amount_text,
    download_key,
    installed_key,
    job_progress_text,
    offered_key,
    progress_text,
    row_in_use,
)
from studio.ui.model_manager.model_texts import (
    ABOUT_ADDING,
    checked_text,
    others_text,
    removal_done_text,
    removal_text,
)
from studio.ui.model_manager.model_works import ModelJob, ModelWorks
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.notice_bar import Answer, Notice, NoticeBar

_WAYS_TO_ADD = {
    HowToAdd.IN_PLACE: tr("Use it where it is"),
    HowToAdd.COPY: tr("Copy it"),
    HowToAdd.MOVE: tr("Move it"),
}


class ModelsPresenter(QObject):
    """Lives as long as the window. The service of the downloads is connected to it and to its `fetches`.

    Signals:
        model_chosen(Checkpoint): make pictures with this one.
        changed(): something was installed or removed.
        replaced(Path, InstalledModel): the model that was at this path is another, or elsewhere, now.
        pause_asked(DownloadId), resume_asked(DownloadId), cancel_asked(DownloadId), earlier_asked(DownloadId)
        folder_asked(Path): show it in the file manager.
        test_picture_asked(InstalledModel, Checkpoint): make one with the checkpoint that stands for it in the list.
        prompt_part_asked(str): make the next pictures with the add-on that the prompt names so.
        token_asked(): the hub wants to see a token for this model.
    """

    model_chosen = Signal(object)
    changed = Signal()
    replaced = Signal(object, object)
    pause_asked = Signal(str)
    resume_asked = Signal(str)
    cancel_asked = Signal(str)
    earlier_asked = Signal(str)
    folder_asked = Signal(object)
    test_picture_asked = Signal(object, object)
    prompt_part_asked = Signal(str)
    token_asked = Signal()

    def __init__(
        self,
        page: ModelsPage,
        model: ModelListModel,
        operations: ModelOperations,
        works: ModelWorks,
        run: RunInBackground,
        notices: NoticeBar,
        announce: Callable[[StudioError], None],
        checkpoint: Callable[[], Checkpoint],
    ) -> None:
        """`checkpoint` tells the one in use."""
        super().__init__()
        self._page = page
        self._model = model
        self._operations = operations
        self._works = works
        self._run = run
        self._notices = notices
        self._announce = announce
        self._checkpoint = checkpoint
        self._found: ModelsFound | None = None
        self._downloads: tuple[Download, ...] = ()
        self._transfers: dict[DownloadId, DownloadProgress] = {}
        self._arriving: dict[DownloadId, DownloadPlan] = {}
        """What was fetched and is not in the list of models yet."""
        self._watched = ""
        """The row that was looked at when the downloads changed last."""
        self._progress: dict[str, tuple[float | None, str]] = {}
        """By the key of its row, how far something is."""
        self._announced_problems: tuple[str, ...] = ()
        self._arrivals = ModelArrivals(notices, checkpoint, lambda: self._found)
        self._arrivals.model_chosen.connect(self.model_chosen)
        self._arrivals.test_picture_asked.connect(self.test_picture_asked)
        self._arrivals.prompt_part_asked.connect(self.prompt_part_asked)
        self.fetches = ModelFetches(page, operations, run, notices, announce)
        works.changed.connect(self._show)
        works.progressed.connect(self._on_job_progressed)
        page.card.action_asked.connect(self._on_action)
        page.files_given.connect(self._on_files)
        page.search_places_asked.connect(self._on_search_places)

    def refresh(self) -> None:
        """Look at the disk anew."""
        self._run(self._operations.look, done=self._on_found, failed=self._announce)

    def show_in_use(self) -> None:
        """Another model is used for the next pictures."""
        self._show()

    # --- what the service of the downloads says ---

    def on_downloads_changed(self, downloads: tuple[Download, ...]) -> None:
        row = self._page.card.row
        self._watched = row.key if row is not None else ""
        self._downloads = downloads
        for download in downloads:
            stopped = self._transfers.get(download.plan.id)
            if stopped is not None and download.state is not DownloadState.RUNNING:  # it has no speed any more
                self._progress[download_key(download.plan.id)] = (stopped.fraction, amount_text(stopped))
        self._show()

    def on_progressed(self, progress: tuple[DownloadProgress, ...]) -> None:
        for part in progress:
            self._transfers[part.id] = part
            self._tell(download_key(part.id), part.fraction, progress_text(part))

    def on_finished(self, result: DownloadResult) -> None:
        """All files are there and verified: now it is a model. Its row stays until that is in the list."""
        plan = result.plan
        self._arriving[plan.id] = plan
        self._show()
        if self._watched == download_key(plan.id):
            self._page.choose(self._watched)
        self._run(
            lambda: self._operations.adopt(result),
            done=partial(self._on_fetched, result),
            failed=partial(self._on_not_adopted, plan),
        )

    # --- what the page asks for ---

    def _on_files(self, files: tuple[Path, ...]) -> None:
        what = f"“{files[0].name}”" if len(files) == 1 else tr("{n} files", n=len(files))
        answers = tuple(Answer(text, partial(self._add, files, how)) for how, text in _WAYS_TO_ADD.items())
        self._notices.show_notice(Notice(tr("Add {what}?", what=what), ABOUT_ADDING, answers, key="add"))

    def _add(self, files: tuple[Path, ...], how: HowToAdd) -> None:
        for file in files:
            job = ModelJob(adding_key(file), file.name, RowState.ADDING)
            work = partial(self._operations.add, file, how)
            self._works.begin(job, work, done=self._on_added, failed=self._on_job_failed)

    def _on_search_places(self) -> None:
        self._run(self._operations.find_others, done=self._on_others_found, failed=self._announce)

    def _on_action(self, action: ModelAction, key: str) -> None:
        installed, entry, download = self._installed(key), self._entry(key), self._download(key)
        if action is ModelAction.STOP:
            self._works.stop(key)
        elif download is not None:
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
                self._arrivals.make_test_picture(model)
            case ModelAction.ADD_TO_PROMPT if isinstance(model, InstalledModel) and model.prompt_part:
                self.prompt_part_asked.emit(model.prompt_part)
            case ModelAction.SHOW_FOLDER:
                self.folder_asked.emit(model.folder)
            case ModelAction.VERIFY:
                self._check(model)
            case ModelAction.PREDICT_NOISE | ModelAction.PREDICT_V if isinstance(model, InstalledModel):
                self._choose_prediction(model, action)
            case ModelAction.MOVE if isinstance(model, InstalledModel):
                self._move(model)
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
            self.fetches.fetch(entry)
        else:
            self._open_address(action, entry)

    def _open_address(self, action: ModelAction, entry: CatalogueEntry | None) -> None:
        if entry is None or not isinstance(entry.origin, Repository):
            return
        address = entry.licence.url if action is ModelAction.READ_LICENCE else entry.origin.page
        QDesktopServices.openUrl(QUrl(address))

    # --- moving, removing and verifying ---

    def _check(self, model: AnyModel) -> None:
        job = ModelJob(installed_key(model.path), model.name, RowState.CHECKING)
        work = partial(self._operations.check, model)
        self._works.begin(job, work, done=self._on_checked, failed=self._on_job_failed)

    def _move(self, model: InstalledModel) -> None:
        folder = self._page.choose_folder()
        if folder is None:
            return
        job = ModelJob(installed_key(model.path), model.name, RowState.MOVING)
        work = partial(self._operations.move, model, folder)
        self._works.begin(job, work, done=partial(self._on_moved, model), failed=self._on_job_failed)

    def _choose_prediction(self, model: InstalledModel, action: ModelAction) -> None:
        prediction = Prediction.V if action is ModelAction.PREDICT_V else Prediction.EPSILON
        self._run(
            lambda: self._operations.choose_prediction(model, prediction),
            done=partial(self._on_replaced, model),
            failed=self._announce,
        )

    def _on_job_progressed(self, job: ModelJob, progress: WorkProgress) -> None:
        self._tell(job.key, progress.fraction, job_progress_text(job, progress))

    def _on_job_failed(self, error: StudioError) -> None:
        if isinstance(error, ModelWorkCancelled):  # as the user asked
            message = message_for(error)
            self._notices.show_notice(Notice(message.title, message.text, key=error.code))
        else:
            self._announce(error)

    def _on_moved(self, before: InstalledModel, model: InstalledModel) -> None:
        self._notices.show_notice(
            Notice(tr("{name} was moved", name=model.name), tr("It is used in {folder} now.", folder=model.folder))
        )
        self._on_replaced(before, model)

    def _on_replaced(self, before: InstalledModel, model: InstalledModel) -> None:
        self.replaced.emit(before.path, model)
        self.refresh()
        self.changed.emit()

    def _ask_to_remove(self, model: AnyModel, removal: Removal) -> None:
        if self._page.card.row is not None and self._page.card.row.key == installed_key(model.path):
            self._page.card.ask(removal_text(removal), tr("Remove"), lambda: self._remove(model))

    def _remove(self, model: AnyModel) -> None:
        self._run(lambda: self._operations.remove(model), done=self._on_removed, failed=self._announce)

    def _on_removed(self, removal: Removal) -> None:
        self._notices.show_notice(Notice(tr("{name} was removed", name=removal.name), removal_done_text(removal)))
        self.refresh()
        self.changed.emit()

    def _on_checked(self, checked: Checked) -> None:
        repair = checked.repair
        answers = () if repair is None else (Answer(tr("Fetch them again"), lambda: self.fetches.begin(repair)),)
        title = tr("{name} was checked", name=checked.verification.name)
        grave = bool(checked.verification.bad)
        self._notices.show_notice(Notice(title, checked_text(checked), answers, grave=grave))

    # --- finding ---

    def _on_found(self, found: ModelsFound) -> None:
        self._found = found
        if found.problems and found.problems != self._announced_problems:
            self._notices.show_notice(
                Notice(tr("Some models cannot be used"), "\n".join(found.problems[:3]), key="models")
            )
        self._announced_problems = found.problems
        self._show()

    def _on_added(self, model: InstalledModel) -> None:
        self._arrivals.tell(model)
        self.refresh()
        self.changed.emit()

    def _on_fetched(self, result: DownloadResult, model: InstalledModel) -> None:
        self._arrivals.tell(model, result)
        done = partial(self._show_fetched, result.plan, model)
        self._run(self._operations.look, done=done, failed=self._announce)
        self.changed.emit()

    def _show_fetched(self, plan: DownloadPlan, model: InstalledModel, found: ModelsFound) -> None:
        """Whoever watched the download sees what came of it."""
        row = self._page.card.row
        watched = row is not None and row.key == download_key(plan.id)
        self._arriving.pop(plan.id, None)
        self._on_found(found)
        if watched and self._model.shown is Shown.COMING:
            self._page.show_only(Shown.ALL)
        if watched:
            self._page.choose(installed_key(model.path))

    def _on_not_adopted(self, plan: DownloadPlan, error: StudioError) -> None:
        self._arriving.pop(plan.id, None)
        self._show()
        self._announce(error)

    def _on_others_found(self, others: tuple[FoundModel, ...]) -> None:
        if not others:
            text = tr("Nothing new was found where A1111, ComfyUI, InvokeAI and Hugging Face keep their models.")
            self._notices.show_notice(Notice(tr("Looked for models"), text, key="others"))
            return
        use = Answer(tr("Use them where they are"), partial(self._use_others, others))
        answers = (use, Answer(tr("Leave them"), _do_nothing))
        self._notices.show_notice(Notice(tr("Models of other programs"), others_text(others), answers, key="others"))

    def _use_others(self, others: tuple[FoundModel, ...]) -> None:
        self._run(lambda: self._operations.use_others(others), done=self._on_others_used, failed=self._announce)

    def _on_others_used(self, count: int) -> None:
        text = tr("{count} of them can be used now; their files stay where they are.", count=count)
        self._notices.show_notice(Notice(tr("Models of other programs"), text, key="others"))
        self.refresh()
        self.changed.emit()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        rows = all_rows(found, self._downloads, self._works.jobs, self._arriving.values())
        used = installed_key(self._checkpoint().path)
        self._model.set_rows([row_in_use(row) if row.key == used else row for row in rows])
        at_work = {job.key for job in self._works.jobs} | {download_key(one.plan.id) for one in self._downloads}
        self._progress = {key: progress for key, progress in self._progress.items() if key in at_work}
        for key, progress in self._progress.items():
            self._model.update_progress(key, *progress)

    def _tell(self, key: str, fraction: float | None, text: str) -> None:
        self._progress[key] = (fraction, text)
        self._model.update_progress(key, fraction, text)

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

"""The page of the models, with real clicks, and what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from studio.checkpoints.catalogue import load_catalogue
from studio.checkpoints.catalogue_entry import CatalogueEntry, Licence, Repository
from studio.checkpoints.installed_model import AnyModel, BrokenModel, InstalledModel, Place, Removal
from studio.checkpoints.manifest import ManifestFile
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.scan import FoundModel
from studio.checkpoints.usual_places import Program
from studio.checkpoints.verification import FileCheck, FileState, Verification
from studio.checkpoints.work_progress import OnProgress, WorkProgress
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, ModelFamily, Prediction
from studio.core.download import (
    Download,
    DownloadId,
    DownloadPhase,
    DownloadPlan,
    DownloadProgress,
    DownloadResult,
    DownloadState,
    RemoteFile,
)
from studio.core.errors import AddressNotUnderstood, CheckpointIncomplete, LoginNeeded, ModelWorkCancelled, StudioError
from studio.core.resources import catalogue_path
from studio.core.session import CancelToken
from studio.ui.model_manager.model_list_model import ModelListModel, Shown
from studio.ui.model_manager.model_operations import Checked, ModelOperations, ModelsFound
from studio.ui.model_manager.model_row import ModelAction, ModelRow, RowState, time_text
from studio.ui.model_manager.model_rows import download_key, installed_key, offered_key
from studio.ui.model_manager.model_works import ModelJob, ModelWorks
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.model_manager.models_presenter import ModelsPresenter
from studio.ui.notice_bar import Notice, NoticeBar
from tests.helpers.fake_session import CHECKPOINT

LISTED = load_catalogue(catalogue_path())
OFFERED = next(entry for entry in LISTED if isinstance(entry.origin, Repository) and entry.origin.files)
UNLISTED = next(entry for entry in LISTED if isinstance(entry.origin, Repository) and not entry.origin.files)
GATED = replace(OFFERED, id="gated", licence=replace(OFFERED.licence, gated=True))
ENTRIES = (*LISTED, GATED)
INSTALLED = InstalledModel(
    root=Path("models/mine"), place=Place.OWN, entry_id=None, model=CHECKPOINT, size=4_265_146_304, identity="1" * 32
)
PLAN = DownloadPlan(
    DownloadId("d1"), "A download", Path("models/a"), (RemoteFile("https://x/y", "y.safetensors", 1000),), "owner/name"
)

REPAIR = replace(PLAN, id=DownloadId("d2"))


def run_at_once(work: Callable[[], object], *, failed, done=None) -> None:  # type: ignore[no-untyped-def]
    try:
        result = work()
    except StudioError as error:
        failed(error)
    else:
        if done is not None:
            done(result)


class Disk:
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        self.accepted: list[Licence] = []
        self.removed: list[AnyModel] = []
        self.added: list[tuple[Path, HowToAdd]] = []
        self.used: list[FoundModel] = []
        self.prepared: list[CatalogueEntry | None] = []
        self.others = (FoundModel(Program.COMFYUI, CHECKPOINT, 2**30, installed=False),)
        self.repair: DownloadPlan | None = REPAIR
        self.installed: tuple[InstalledModel, ...] = (INSTALLED,)
        self.broken: tuple[BrokenModel, ...] = ()
        self.thumbnails: dict[Path, Path] = {}
        self.untold: frozenset[Path] = frozenset()
        self.while_adding: Callable[[], None] = lambda: None
        bundled = Checkpoint("Starter", Path("starter"), CHECKPOINT.family, CHECKPOINT.recommended, good_at="Things.")
        self.bundled = bundled

    def operations(self) -> ModelOperations:
        return ModelOperations(
            look=lambda: ModelsFound(
                self.bundled,
                self.installed,
                ENTRIES,
                {entry.id: "fits" for entry in ENTRIES},
                self.thumbnails,
                (),
                self.broken,
                self.untold,
            ),
            adopt=lambda _result: INSTALLED,
            add=self.add,
            check=self.check,
            move=self.move,
            choose_prediction=self.choose_prediction,
            removal=lambda model: Removal(model.name, 4_265_146_304, (), None),
            remove=self.remove,
            find_others=lambda: self.others,
            use_others=self.use_others,
            is_accepted=lambda licence: licence in self.accepted,
            accept=self.accepted.append,
            plan=lambda entry: PLAN if isinstance(entry.origin, Repository) and entry.origin.files else None,
            prepare=self.prepare,
        )

    def add(self, path: Path, how: HowToAdd, on_progress: OnProgress, cancel: CancelToken) -> InstalledModel:
        self.while_adding()
        self.added.append((path, how))
        return INSTALLED

    def check(self, model: AnyModel, on_progress: OnProgress, cancel: CancelToken) -> Checked:
        file = FileCheck(ManifestFile("unet.safetensors", 1, "0" * 64), FileState.DAMAGED, None)
        return Checked(Verification(model.name, (file,)), self.repair)

    def move(self, model: InstalledModel, folder: Path, on_progress: OnProgress, cancel: CancelToken) -> InstalledModel:
        return replace(model, root=folder / model.root.name)

    def choose_prediction(self, model: InstalledModel, prediction: Prediction) -> InstalledModel:
        assert isinstance(model.model, Checkpoint)
        changed = replace(model, model=replace(model.model, prediction=prediction), chosen_prediction=prediction)
        self.installed = (changed,)
        return changed

    def use_others(self, others: tuple[FoundModel, ...]) -> int:
        self.used += others
        return len(others)

    def prepare(self, plan: DownloadPlan, entry: CatalogueEntry | None) -> DownloadPlan:
        self.prepared.append(entry)
        return plan

    def remove(self, model: AnyModel) -> Removal:
        self.removed.append(model)
        self.installed = ()
        return Removal(model.name, 4_265_146_304, (), None)


class Manager:
    """The page with its presenter, and what it emitted."""

    def __init__(
        self, page: ModelsPage, model: ModelListModel, presenter: ModelsPresenter, disk: Disk, works: ModelWorks
    ) -> None:
        self.page, self.model, self.presenter, self.disk, self.works = page, model, presenter, disk, works
        self.downloads: list[DownloadPlan] = []
        self.chosen: list[Checkpoint] = []
        presenter.fetches.asked.connect(self.downloads.append)
        presenter.model_chosen.connect(self.chosen.append)

    def press(self, action: ModelAction) -> None:
        self.page.card.buttons[action].click()

    def agree(self, answer: str) -> None:
        yes = self.page.card.question.yes
        assert yes.text() == answer
        yes.click()


@pytest.fixture
def announced() -> list[StudioError]:
    return []


@pytest.fixture
def manager(qtbot, announced: list[StudioError]) -> Iterator[Manager]:  # type: ignore[no-untyped-def]
    model = ModelListModel()
    page = ModelsPage(model)
    qtbot.addWidget(page)
    page.resize(792, 700)
    disk = Disk()
    works = ModelWorks(run_at_once)
    presenter = ModelsPresenter(page, model, disk.operations(), works, run_at_once, NoticeBar(page), announced.append)
    page.show()
    presenter.refresh()
    yield Manager(page, model, presenter, disk, works)
    assert announced == []


def answer(manager: Manager, title: str, text: str) -> Notice:
    """Press the button `text` of the notice whose title begins with `title`; the notice."""
    bar = manager.page.findChildren(NoticeBar)[0]
    [notice] = [shown for shown in bar.shown if shown.title.startswith(title)]
    [act] = [one.act for one in notice.answers if one.text == text]
    act()
    return notice


def notices(manager: Manager) -> str:
    bar = manager.page.findChildren(NoticeBar)[0]
    return "\n".join(f"{past.notice.title}: {past.notice.text}" for past in bar.past)


def test_what_is_here_comes_before_what_can_be_had(manager: Manager) -> None:
    states = [manager.model.row(number).state for number in range(manager.model.rowCount())]
    assert states[:2] == [RowState.BUNDLED, RowState.INSTALLED]
    assert set(states[2:]) == {RowState.AVAILABLE}
    assert len(states) == 2 + sum(isinstance(entry.origin, Repository) for entry in ENTRIES)


def test_a_search_needs_every_word_and_says_when_nothing_matches(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    qtbot.keyClicks(manager.page.search, f"{OFFERED.name} model")
    names = [manager.model.row(number).name for number in range(manager.model.rowCount())]
    assert OFFERED.name in names
    assert "Starter" not in names
    manager.page.search.setText("no such model anywhere")
    [clear] = [one for one in manager.page.findChildren(QPushButton) if one.text() == "Show all models"]
    assert clear.isVisible()
    clear.click()
    assert manager.model.rowCount() > 2


def test_the_filters_count_and_show_their_models(manager: Manager) -> None:
    [here] = [one for one in manager.page.findChildren(QToolButton) if one.text().startswith("On this computer")]
    assert here.text().endswith("2")
    here.click()
    assert manager.model.rowCount() == 2


def test_a_licence_is_asked_about_once_and_then_the_download_begins(manager: Manager) -> None:
    manager.page.choose(offered_key(OFFERED.id))
    manager.press(ModelAction.DOWNLOAD)
    assert manager.downloads == []
    manager.agree("Accept and download")
    assert manager.disk.accepted == [OFFERED.licence]
    assert manager.downloads == [PLAN]
    manager.press(ModelAction.DOWNLOAD)
    assert manager.downloads == [PLAN, PLAN]


def test_a_question_about_one_model_is_not_answered_for_another(manager: Manager) -> None:
    manager.page.choose(offered_key(OFFERED.id))
    manager.press(ModelAction.DOWNLOAD)
    manager.page.choose(installed_key(INSTALLED.path))
    assert not manager.page.card.question.isVisible()


def test_removing_says_what_is_freed_and_waits_for_the_answer(manager: Manager) -> None:
    manager.page.choose(installed_key(INSTALLED.path))
    manager.press(ModelAction.REMOVE)
    assert "4.0 GB" in manager.page.card.question.accessibleName()
    assert manager.disk.removed == []
    manager.agree("Remove")
    assert manager.disk.removed == [INSTALLED]
    assert manager.model.number_of(installed_key(INSTALLED.path)) is None


def test_a_damaged_file_is_named_and_can_be_fetched_again(manager: Manager) -> None:
    manager.page.choose(installed_key(INSTALLED.path))
    manager.press(ModelAction.VERIFY)
    assert "unet.safetensors" in notices(manager)
    assert manager.downloads == []
    answer(manager, f"{INSTALLED.name} was checked", "Fetch them again")
    assert manager.downloads == [REPAIR]


def test_a_broken_model_says_why_and_can_be_repaired(manager: Manager) -> None:
    folder = Path("models/broken")
    problem = CheckpointIncomplete(folder, "unet")
    broken = BrokenModel(root=folder, place=Place.OWN, entry_id=OFFERED.id, name="Broken", problem=problem)
    manager.disk.broken = (broken,)
    manager.presenter.refresh()
    assert manager.model.number_of(offered_key(OFFERED.id)) is None
    manager.page.choose(installed_key(folder))
    assert manager.page.card.row is not None
    assert manager.page.card.row.state is RowState.BROKEN
    assert "unet" in manager.page.card.row.fault
    manager.press(ModelAction.VERIFY)
    answer(manager, "Broken was checked", "Fetch them again")
    assert manager.downloads == [REPAIR]


def test_a_damaged_file_that_nobody_can_fetch_says_what_to_do(manager: Manager) -> None:
    manager.disk.repair = None
    manager.page.choose(installed_key(INSTALLED.path))
    manager.press(ModelAction.VERIFY)
    assert "Remove the model" in notices(manager)
    assert manager.page.findChildren(NoticeBar)[0].shown[-1].answers == ()


@pytest.mark.parametrize(
    ("text", "how"),
    [("Use it where it is", HowToAdd.IN_PLACE), ("Copy it", HowToAdd.COPY), ("Move it", HowToAdd.MOVE)],
)
def test_how_files_are_added_is_asked(manager: Manager, text: str, how: HowToAdd) -> None:
    files = (Path("a.safetensors"), Path("b.safetensors"))
    manager.page.files_given.emit(files)
    assert manager.disk.added == []
    answer(manager, "Add 2 files?", text)
    assert manager.disk.added == [(file, how) for file in files]


def test_models_of_other_programs_are_used_only_when_the_user_says_so(manager: Manager) -> None:
    changes: list[None] = []
    manager.presenter.changed.connect(lambda: changes.append(None))
    manager.page.search_places_asked.emit()
    told = answer(manager, "Models of other programs", "Leave them")
    assert f"1 of ComfyUI; 1.0 GB: {CHECKPOINT.name}" in told.text
    assert (manager.disk.used, changes) == ([], [])
    answer(manager, "Models of other programs", "Use them where they are")
    assert manager.disk.used == list(manager.disk.others)
    assert len(changes) == 1
    manager.disk.others = ()
    manager.page.search_places_asked.emit()
    assert "Nothing new was found" in notices(manager)


def test_a_model_is_chosen_for_the_next_pictures(manager: Manager) -> None:
    manager.page.choose(installed_key(INSTALLED.path))
    manager.press(ModelAction.USE)
    manager.page.choose(installed_key(manager.disk.bundled.path))
    manager.press(ModelAction.USE)
    assert manager.chosen == [CHECKPOINT, manager.disk.bundled]


def test_a_running_download_tells_how_far_it_is_and_can_be_paused(manager: Manager) -> None:
    asked: list[str] = []
    manager.presenter.pause_asked.connect(asked.append)
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.RUNNING),))
    progress = DownloadProgress(PLAN.id, DownloadPhase.TRANSFERRING, "y", 250_000_000, 1_000_000_000, 5_000_000.0)
    manager.presenter.on_progressed((progress,))
    row = manager.model.row(0)
    assert row.progress == 0.25
    assert row.progress_text == "238 MB of 954 MB, 4.8 MB/s, about 2 minutes left"
    manager.page.choose(download_key(PLAN.id))
    manager.press(ModelAction.PAUSE)
    assert asked == [PLAN.id]


def test_a_failed_download_says_why_and_can_go_on(manager: Manager) -> None:
    error = AddressNotUnderstood("x")
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.FAILED, error),))
    row = manager.model.row(0)
    assert row.fault
    assert row.actions == (ModelAction.RESUME, ModelAction.CANCEL)


def test_an_address_that_is_none_is_said_beside_the_field(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    asked: list[str] = []
    manager.presenter.fetches.look_up_asked.connect(asked.append)
    qtbot.keyClicks(manager.page.address, "nonsense")
    qtbot.keyClick(manager.page.address, Qt.Key.Key_Return)
    assert asked == ["nonsense"]
    assert not manager.page.look_up.isEnabled()
    manager.presenter.fetches.on_lookup_failed("nonsense", AddressNotUnderstood("nonsense"))
    assert manager.page.look_up.isEnabled()
    assert manager.page.address.text() == "nonsense"


def test_what_was_looked_up_is_told_and_fetched_only_after_a_yes(manager: Manager) -> None:
    manager.presenter.fetches.on_looked_up("owner/name", replace(PLAN, licence="mit"))
    assert manager.downloads == []
    told = answer(manager, "Download “A download”?", "Leave it")
    assert "1 file, 1000 bytes, from owner/name. Its licence: mit." in told.text
    assert manager.downloads == []
    answer(manager, "Download “A download”?", "Download")
    assert manager.downloads == [replace(PLAN, licence="mit", licence_accepted=True)]
    assert manager.disk.prepared == [None]
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.WAITING),))
    assert manager.model.rowCount() == manager.model.count(Shown.COMING) == 1
    manager.presenter.on_downloads_changed(())
    manager.presenter.on_finished(DownloadResult(PLAN, ()))
    assert manager.page.card.row is not None
    assert manager.page.card.row.key == installed_key(INSTALLED.path)


def test_an_entry_without_a_list_of_files_is_listed_under_its_commit_and_fetched_as_itself(manager: Manager) -> None:
    asked: list[str] = []
    manager.presenter.fetches.look_up_asked.connect(asked.append)
    manager.disk.accepted.append(UNLISTED.licence)
    manager.page.choose(offered_key(UNLISTED.id))
    manager.press(ModelAction.DOWNLOAD)
    assert isinstance(UNLISTED.origin, Repository)
    assert asked == [f"{UNLISTED.origin.id}@{UNLISTED.origin.revision}"]

    manager.presenter.fetches.on_looked_up(asked[0], PLAN)

    assert manager.disk.prepared == [UNLISTED]
    assert manager.downloads == [replace(PLAN, licence_accepted=True)]


def test_an_entry_that_cannot_be_listed_is_announced(manager: Manager, announced: list[StudioError]) -> None:
    manager.disk.accepted.append(UNLISTED.licence)
    manager.page.choose(offered_key(UNLISTED.id))
    manager.press(ModelAction.DOWNLOAD)
    assert isinstance(UNLISTED.origin, Repository)
    error = AddressNotUnderstood("x")
    manager.presenter.fetches.on_lookup_failed(UNLISTED.origin.address, error)
    assert announced == [error]
    announced.clear()
    assert manager.page.look_up.isEnabled()


def test_escape_leaves_the_page(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    with qtbot.waitSignal(manager.page.close_asked):
        qtbot.keyClick(manager.page.view, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (5, "less than a minute left"), (61, "about 1 minute left"), (7200, "about 2.0 hours left")],
)
def test_times_are_written_for_people(seconds: float | None, text: str) -> None:
    assert time_text(seconds) == text


def test_a_gated_model_offers_to_give_a_token(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    gated = GATED
    manager.page.choose(offered_key(gated.id))
    with qtbot.waitSignal(manager.presenter.token_asked):
        manager.press(ModelAction.GIVE_TOKEN)
    manager.press(ModelAction.DOWNLOAD)
    assert "give a token" in manager.page.card.question.accessibleName()


def test_an_address_that_wants_a_token_offers_to_give_it(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    manager.presenter.fetches.on_lookup_failed("x/y", LoginNeeded("https://civitai.com/api/download/models/1"))
    assert manager.page.give_token.isVisible()
    with qtbot.waitSignal(manager.page.tokens_asked) as asked:
        manager.page.give_token.click()
    assert asked.args == ["civitai.com"]
    manager.presenter.fetches.on_lookup_failed("x/y", AddressNotUnderstood("x/y"))
    assert not manager.page.give_token.isVisible()


def test_a_model_that_came_offers_a_test_picture(manager: Manager) -> None:
    asked: list[InstalledModel] = []
    manager.presenter.test_picture_asked.connect(asked.append)
    manager.presenter.on_finished(DownloadResult(PLAN, ()))
    answer(manager, f"{INSTALLED.name} is there", "Make a test picture")
    manager.page.choose(installed_key(INSTALLED.path))
    manager.press(ModelAction.TEST_PICTURE)
    assert asked == [INSTALLED, INSTALLED]


@pytest.mark.parametrize(
    ("kind", "root", "part"),
    [
        (AddonKind.LORA, "loras/ink", "<lora:ink:1>"),
        (AddonKind.LORA, "loras/fast-ink", "<lora:fast-ink/ink:1>"),
        (AddonKind.TEXTUAL_INVERSION, "embeddings/ink", "ink"),
    ],
)
def test_the_main_action_of_what_prompts_name_is_to_add_it_to_the_prompt(
    manager: Manager, tmp_path: Path, kind: AddonKind, root: str, part: str
) -> None:
    folder = tmp_path / root
    folder.mkdir(parents=True)
    addon = Addon("ink", folder / "ink.safetensors", kind, None)
    manager.disk.installed = (replace(INSTALLED, root=folder, model=addon),)
    manager.presenter.refresh()
    asked: list[str] = []
    manager.presenter.prompt_part_asked.connect(asked.append)
    manager.page.choose(installed_key(addon.path))
    assert next(iter(manager.page.card.buttons)) is ModelAction.ADD_TO_PROMPT
    manager.press(ModelAction.ADD_TO_PROMPT)
    assert asked == [part]


def test_what_was_said_of_another_model_is_gone_at_once(manager: Manager, qtbot: QtBot) -> None:
    manager.page.show()
    manager.page.choose(offered_key(OFFERED.id))
    qtbot.waitUntil(lambda: OFFERED.licence.name in " ".join(shown_texts(manager)))
    manager.page.choose(installed_key(INSTALLED.path))
    assert OFFERED.licence.name not in " ".join(shown_texts(manager))


def shown_texts(manager: Manager) -> list[str]:
    return [text.text() for text in manager.page.card.findChildren(QLabel) if text.isVisible()]


def test_the_picture_of_a_model_is_painted_beside_it_and_in_its_card(manager: Manager, tmp_path: Path) -> None:
    file = tmp_path / "red.jpg"
    Image.new("RGB", (256, 192), (250, 0, 0)).save(file)
    manager.page.choose(installed_key(INSTALLED.path))
    assert not manager.page.card.picture.isVisible()
    assert not is_red(manager, INSTALLED)
    manager.disk.thumbnails = {INSTALLED.root: file}
    manager.presenter.refresh()
    assert is_red(manager, INSTALLED)
    assert manager.page.card.picture.isVisible()
    file.unlink()  # nobody has to care
    manager.presenter.refresh()
    assert not is_red(manager, INSTALLED)


def is_red(manager: Manager, model: InstalledModel) -> bool:
    view, number = manager.page.view, manager.model.number_of(installed_key(model.path))
    assert number is not None
    place = view.visualRect(manager.model.index(number))
    painted = view.viewport().grab(place).toImage().pixelColor(place.height() // 2, place.height() // 2)
    return painted.red() > 200 and painted.green() < 60


def test_a_model_at_work_tells_how_far_it_is_and_is_stopped(manager: Manager) -> None:
    key = installed_key(INSTALLED.path)
    manager.page.choose(key)
    job = ModelJob(key, INSTALLED.name, RowState.CHECKING)
    seen: list[ModelRow | None] = []

    def work(on_progress: OnProgress, cancel: CancelToken) -> None:
        seen.append(manager.page.card.row)
        on_progress(WorkProgress("unet.safetensors", 2 * 2**30, 8 * 2**30))
        manager.presenter.on_downloads_changed(())  # the list is filled anew meanwhile
        seen.append(manager.page.card.row)
        manager.press(ModelAction.STOP)
        assert cancel.is_cancelled
        raise ModelWorkCancelled

    ended: list[object] = []
    manager.works.begin(job, work, done=ended.append, failed=ended.append)
    waiting, running = seen
    assert waiting is not None
    assert running is not None
    assert waiting.state is RowState.CHECKING
    assert (running.progress, running.progress_text) == (0.25, "2.0 GB of 8.0 GB")
    assert [type(one) for one in ended] == [ModelWorkCancelled]
    assert manager.page.card.row is not None
    assert (manager.page.card.row.state, manager.page.card.row.progress) == (RowState.INSTALLED, None)


def test_a_model_that_is_being_brought_in_has_a_row(manager: Manager) -> None:
    file = Path("a.safetensors")
    rows: list[ModelRow] = []

    def look_and_cancel() -> None:
        rows.append(manager.model.row(0))
        raise ModelWorkCancelled

    manager.disk.while_adding = look_and_cancel
    manager.page.files_given.emit((file,))
    answer(manager, "Add “a.safetensors”?", "Copy it")
    assert [(row.name, row.state, row.actions) for row in rows] == [
        ("a.safetensors", RowState.ADDING, (ModelAction.STOP,))
    ]
    assert manager.model.row(0).state is RowState.BUNDLED
    assert "Nothing was changed" in notices(manager)


def test_a_model_is_moved_to_the_folder_that_is_chosen(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[tuple[Path, InstalledModel]] = []
    manager.presenter.replaced.connect(lambda before, model: moved.append((before, model)))
    manager.page.choose(installed_key(INSTALLED.path))
    monkeypatch.setattr(manager.page, "choose_folder", lambda: None)
    manager.press(ModelAction.MOVE)
    assert moved == []
    monkeypatch.setattr(manager.page, "choose_folder", lambda: Path("other disk"))
    manager.press(ModelAction.MOVE)
    assert moved == [(INSTALLED.path, replace(INSTALLED, root=Path("other disk/mine")))]


def test_what_a_file_leaves_open_is_said_and_can_be_said_better(manager: Manager, tmp_path: Path) -> None:
    file = tmp_path / "second.safetensors"
    file.touch()
    second = replace(CHECKPOINT, path=file, family=ModelFamily.STABLE_DIFFUSION_2, prediction=Prediction.V)
    manager.disk.installed = (replace(INSTALLED, root=file, model=second),)
    replaced: list[Path] = []
    manager.presenter.replaced.connect(lambda before, _model: replaced.append(before))
    manager.presenter.refresh()
    manager.page.choose(installed_key(file))
    assert predicts(manager) == "v, as its file tells"
    manager.disk.untold = frozenset([file])
    manager.presenter.refresh()
    assert predicts(manager).startswith("probably v: its file does not tell")
    manager.press(ModelAction.PREDICT_NOISE)
    assert predicts(manager) == "noise (epsilon), as you said"
    manager.press(ModelAction.PREDICT_V)
    assert predicts(manager) == "v, as you said"
    assert replaced == [file, file]


def predicts(manager: Manager) -> str:
    assert manager.page.card.row is not None
    return dict(manager.page.card.row.facts)["Predicts"]

"""The page of the models with its presenter, and what a test does with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from studio.checkpoints.catalogue import load_catalogue
from studio.checkpoints.catalogue_entry import CatalogueEntry, Licence, Repository
from studio.checkpoints.installed_model import AnyModel, BrokenModel, InstalledModel, Place, Removal
from studio.checkpoints.manifest import ManifestFile
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.scan import FoundModel
from studio.checkpoints.usual_places import Program
from studio.checkpoints.verification import FileCheck, FileState, Verification
from studio.checkpoints.work_progress import OnProgress
from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.download import (
    DownloadId,
    DownloadPlan,
    DownloadResult,
    RemoteFile,
)
from studio.core.errors import StudioError
from studio.core.resources import catalogue_path
from studio.core.session import CancelToken
from studio.ui.model_manager.model_list_model import ModelListModel
from studio.ui.model_manager.model_operations import Checked, ModelOperations, ModelsFound
from studio.ui.model_manager.model_row import ModelAction
from studio.ui.model_manager.model_works import ModelWorks
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.model_manager.models_presenter import ModelsPresenter
from studio.ui.notice_bar import Notice, NoticeBar
from tests.helpers.fake_session import CHECKPOINT
from tests.helpers.run_now import run_or_fail_now

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


class Background:
    """Does at once what is given to it; while it `holds`, only when it is let go."""

    def __init__(self) -> None:
        self.holds = False
        self._held: list[Callable[[], None]] = []

    def __call__(self, work: Callable[[], object], *, failed, done=None) -> None:  # type: ignore[no-untyped-def]
        self._held.append(lambda: run_or_fail_now(work, failed=failed, done=done))
        if not self.holds:
            self.let_go()

    def let_go(self) -> None:
        self.holds = False
        while self._held:
            self._held.pop(0)()


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
        self.adopting_fails: StudioError | None = None
        self.in_use = CHECKPOINT
        self.free_bytes: int | None = None
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
                self.free_bytes,
            ),
            adopt=self.adopt,
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

    def adopt(self, _result: DownloadResult) -> InstalledModel:
        if self.adopting_fails is not None:
            raise self.adopting_fails
        return INSTALLED

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
        self,
        page: ModelsPage,
        model: ModelListModel,
        presenter: ModelsPresenter,
        disk: Disk,
        works: ModelWorks,
        background: Background,
    ) -> None:
        self.page, self.model, self.presenter, self.disk, self.works = page, model, presenter, disk, works
        self.background = background
        self.downloads: list[DownloadPlan] = []
        self.chosen: list[Checkpoint] = []
        presenter.fetches.asked.connect(self.downloads.append)
        presenter.model_chosen.connect(self._choose)

    def _choose(self, checkpoint: Checkpoint) -> None:
        """As the window does it."""
        self.chosen.append(checkpoint)
        self.disk.in_use = checkpoint
        self.presenter.show_in_use()

    def press(self, action: ModelAction) -> None:
        self.page.card.buttons[action].click()

    def agree(self, answer: str) -> None:
        yes = self.page.card.question.yes
        assert yes.text() == answer
        yes.click()


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

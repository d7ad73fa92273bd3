"""Models are added, moved, checked, repaired and removed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.checkpoints.installed_model import BrokenModel, InstalledModel, Place
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.work_progress import OnProgress, WorkProgress
from studio.core.checkpoint import ModelFamily, Prediction
from studio.core.errors import CheckpointIncomplete, ModelWorkCancelled
from studio.core.session import CancelToken
from studio.ui.model_manager.model_row import ModelAction, ModelRow, RowState
from studio.ui.model_manager.model_rows import installed_key, offered_key
from studio.ui.model_manager.model_works import ModelJob
from studio.ui.notice_bar import NoticeBar
from tests.helpers.fake_session import CHECKPOINT
from tests.ui.model_manager.manager import INSTALLED, OFFERED, REPAIR, Manager, answer, notices


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

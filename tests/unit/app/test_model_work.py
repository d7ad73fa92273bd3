"""What the page of the models does to the disk."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.app.model_work import ModelWork
from studio.checkpoints.installed_model import InstalledModel
from studio.checkpoints.work_progress import WorkProgress
from studio.core.checkpoint import Checkpoint
from studio.core.download import DownloadId, DownloadPlan, DownloadResult
from studio.core.resources import catalogue_path
from studio.core.session import CancelToken
from studio.settings.paths import UserPaths
from studio.ui.model_manager.model_operations import ModelOperations
from tests.unit.checkpoints.model_folder import make_model


@pytest.fixture
def paths(tmp_path: Path) -> UserPaths:
    """A home whose catalogue has a model with settings of its own, and the files of that model."""
    paths = UserPaths.below(tmp_path / "home")
    [entry] = [one for one in json.loads(catalogue_path().read_text())["models"] if one["id"] == "sd15"]
    entry |= {"id": "mine", "name": "My model"}
    entry["recommended"] |= {"num_inference_steps": 17}
    paths.config.mkdir(parents=True)
    (paths.config / "models.json").write_text(json.dumps({"version": 2, "models": [entry]}))
    make_model(paths.checkpoints / "mine")
    return paths


@pytest.fixture
def operations(paths: UserPaths) -> ModelOperations:
    return ModelWork(paths).operations()


def test_what_came_from_the_catalogue_has_its_settings_at_once(
    paths: UserPaths, operations: ModelOperations, tmp_path: Path
) -> None:
    """Its test picture is asked for in the notice that says it came: with the settings that are best for it."""
    plan = DownloadPlan(DownloadId("1" * 32), "My model", paths.checkpoints / "mine", (), "owner/mine")

    adopted = operations.adopt(DownloadResult(plan, ()))
    moved = operations.move(adopted, tmp_path / "other disk", ignore, CancelToken())

    assert [settings(model) for model in (adopted, moved)] == [("My model", 17), ("My model", 17)]


def settings(model: InstalledModel) -> tuple[str, int]:
    assert isinstance(model.model, Checkpoint)
    return model.name, model.model.recommended.num_inference_steps


def ignore(_progress: WorkProgress) -> None:
    """How far it is does not matter here."""


def test_it_tells_how_much_is_free_where_downloads_are_kept(
    operations: ModelOperations, paths: UserPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def disk_usage(folder: Path) -> SimpleNamespace:
        asked.append(folder)
        return SimpleNamespace(free=4321)

    monkeypatch.setattr("studio.checkpoints.preflight.shutil.disk_usage", disk_usage)
    assert operations.look().free_bytes == 4321
    assert asked == [paths.checkpoints]


def test_a_disk_that_does_not_tell_hinders_nothing(
    operations: ModelOperations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_usage(_folder: Path) -> SimpleNamespace:
        raise OSError

    monkeypatch.setattr("studio.checkpoints.preflight.shutil.disk_usage", disk_usage)
    assert operations.look().free_bytes is None

"""The models on this machine, and the catalogue."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.checkpoints.catalogue import load_catalogue
from studio.checkpoints.store import CheckpointStore
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointIncomplete,
    CheckpointNotFound,
    NotACheckpoint,
    PickleRefused,
)
from studio.core.geometry import Size
from studio.core.resources import catalogue_path, resource_path
from studio.core.scheduler import SchedulerName
from tests.unit.checkpoints.model_folder import WEIGHTS, make_model, safetensors, tensor


@pytest.fixture
def user_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    return folder


@pytest.fixture
def store(user_folder: Path) -> CheckpointStore:
    return CheckpointStore(resource_path(), user_folder, catalogue_path())


def test_the_default_is_the_bundled_model_with_the_catalogues_settings(store: CheckpointStore) -> None:
    checkpoint = store.default()

    assert checkpoint.name == "Starter model"
    assert checkpoint.path == resource_path("starter")
    assert checkpoint.recommended.size == Size(128, 128)
    assert checkpoint.recommended.num_inference_steps == 20
    assert checkpoint.recommended.guidance_scale == 5.0
    assert checkpoint.recommended.scheduler is SchedulerName.DPMPP_2M
    assert len(checkpoint.examples) == 3


def test_installed_lists_the_bundled_model_and_then_the_users_by_name(
    store: CheckpointStore, user_folder: Path
) -> None:
    make_model(user_folder / "zebra")
    make_model(user_folder / "Ant")

    assert [checkpoint.name for checkpoint in store.installed()] == ["Starter model", "Ant", "zebra"]
    assert store.problems() == ()


def test_what_cannot_be_used_is_not_offered_but_told(store: CheckpointStore, user_folder: Path) -> None:
    (make_model(user_folder / "broken") / WEIGHTS[0]).unlink()
    (user_folder / "old.ckpt").write_bytes(b"x")
    (user_folder / "single.safetensors").write_bytes(safetensors({"w": tensor("U8", [1], 0, 1)}, b"x"))
    (user_folder / "notes.txt").write_text("no model, and none meant")
    (user_folder / "half.safetensors.part").write_bytes(b"x")
    (user_folder / ".cache").mkdir()

    assert [checkpoint.name for checkpoint in store.installed()] == ["Starter model"]
    assert [type(problem) for problem in store.problems()] == [CheckpointIncomplete, PickleRefused, NotACheckpoint]


def test_a_user_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    store = CheckpointStore(resource_path(), tmp_path / "nowhere", catalogue_path())

    assert len(store.installed()) == 1
    assert store.problems() == ()


def test_a_user_folder_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = CheckpointStore(resource_path(), tmp_path / "file", catalogue_path())

    assert len(store.installed()) == 1
    [problem] = store.problems()
    assert isinstance(problem, NotACheckpoint)


def test_a_damaged_bundled_model_is_told(tmp_path: Path, user_folder: Path) -> None:
    bundled = tmp_path / "resources"
    shutil.copytree(resource_path("starter"), bundled / "starter")
    (bundled / "starter/unet/config.json").write_text("{")
    store = CheckpointStore(bundled, user_folder, catalogue_path())

    assert store.installed() == ()
    assert [type(problem) for problem in store.problems()] == [CheckpointDamaged]
    with pytest.raises(CheckpointDamaged):
        store.default()


@pytest.mark.parametrize("wanted", ["starter", "STARTER", "Starter model", " starter MODEL "])
def test_finds_the_bundled_model_by_id_and_name(store: CheckpointStore, wanted: str) -> None:
    assert store.find(wanted) == store.default()


def test_finds_the_users_model_by_name_and_path(store: CheckpointStore, user_folder: Path, tmp_path: Path) -> None:
    make_model(user_folder / "Dreamer")
    make_model(tmp_path / "elsewhere")

    assert store.find("dreamer").path == user_folder / "Dreamer"
    assert store.find(str(tmp_path / "elsewhere")).name == "elsewhere"


def test_finding_tells_why_a_model_cannot_be_used(store: CheckpointStore, user_folder: Path) -> None:
    (make_model(user_folder / "dreamer") / WEIGHTS[0]).unlink()

    with pytest.raises(CheckpointIncomplete):
        store.find("dreamer")


@pytest.mark.parametrize("wanted", ["", "  ", "no such model", "/no/such/path", "a\0b"])
def test_finding_nothing(store: CheckpointStore, wanted: str) -> None:
    with pytest.raises(CheckpointNotFound) as caught:
        store.find(wanted)

    assert caught.value.name == wanted


def test_every_catalogue_entry_is_there_with_its_licence() -> None:
    entries = load_catalogue(catalogue_path())

    assert len({entry.id for entry in entries}) == len(entries)
    for entry in entries:
        assert resource_path(entry.bundled, "LICENSES.md").is_file()
        assert entry.good_at.endswith(".")


def entry_with(**changes: object) -> dict[str, object]:
    entry = json.loads(catalogue_path().read_text())["checkpoints"][0]
    return {**entry, **changes}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": 2, "checkpoints": [entry_with()]},
        {"version": 1},
        {"version": 1, "checkpoints": {}},
        {"version": 1, "checkpoints": []},
        {"version": 1, "checkpoints": ["starter"]},
        {"version": 1, "checkpoints": [entry_with(name=None)]},
        {"version": 1, "checkpoints": [entry_with(name="")]},
        {"version": 1, "checkpoints": [entry_with(family="gan")]},
        {"version": 1, "checkpoints": [entry_with(examples="a red apple")]},
        {"version": 1, "checkpoints": [entry_with(recommended={})]},
        {"version": 1, "checkpoints": [entry_with(recommended={"width": 130, "height": 128})]},
        {"version": 1, "checkpoints": [entry_with(recommended={"width": "128", "height": 128})]},
        {
            "version": 1,
            "checkpoints": [
                entry_with(
                    recommended={
                        "width": 128,
                        "height": 128,
                        "num_inference_steps": 20,
                        "guidance_scale": "5",
                        "scheduler": "dpmpp_2m",
                    }
                )
            ],
        },
    ],
)
def test_a_wrong_catalogue_is_a_fact(tmp_path: Path, document: object) -> None:
    path = tmp_path / "models.json"
    path.write_text(json.dumps(document))

    with pytest.raises(CheckpointDamaged) as caught:
        load_catalogue(path)

    assert caught.value.path == path


def test_an_entry_may_have_more_keys_than_this_version_reads(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.write_text(json.dumps({"version": 1, "checkpoints": [entry_with(sha256="0")]}))

    assert load_catalogue(path) == load_catalogue(catalogue_path())


def test_finding_the_default_leaves_heavy_libraries_out() -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from studio.checkpoints.store import CheckpointStore\n"
        "from studio.core.resources import catalogue_path, resource_path\n"
        "CheckpointStore(resource_path(), Path('nowhere'), catalogue_path()).installed()\n"
        "print(sorted({'pydantic', 'numpy', 'PIL', 'torch', 'safetensors'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )

    assert result.stdout.strip() == "[]"

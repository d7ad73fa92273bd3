"""The models on this machine that can make pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.checkpoints.catalogue import Catalogue
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.manifest import Manifest, write_manifest
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.store import CheckpointStore
from studio.core.checkpoint import Prediction
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
from tests.unit.checkpoints import headers
from tests.unit.checkpoints.headers import write_file
from tests.unit.checkpoints.model_folder import WEIGHTS, make_model, safetensors, tensor


@pytest.fixture
def user_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    return folder


def store_in(user_folder: Path, bundled_root: Path | None = None) -> CheckpointStore:
    state = user_folder.parent / "state"
    library = ModelLibrary(LibraryPlaces({ModelKind.CHECKPOINT: user_folder}, state, state / "cache.json"))
    return CheckpointStore(
        bundled_root or resource_path(), lambda: library, Catalogue(catalogue_path(), state / "models.json")
    )


@pytest.fixture
def store(user_folder: Path) -> CheckpointStore:
    return store_in(user_folder)


def test_the_default_is_the_bundled_model_with_the_catalogues_settings(store: CheckpointStore) -> None:
    checkpoint = store.default()

    assert checkpoint.name == "Starter model"
    assert checkpoint.path == resource_path("starter")
    assert checkpoint.recommended.size == Size(256, 256)
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
    store = store_in(tmp_path / "nowhere")

    assert len(store.installed()) == 1
    assert store.problems() == ()


def test_a_user_folder_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = store_in(tmp_path / "file")

    assert len(store.installed()) == 1
    [problem] = store.problems()
    assert isinstance(problem, NotACheckpoint)


def test_a_damaged_bundled_model_is_told(tmp_path: Path, user_folder: Path) -> None:
    bundled = tmp_path / "resources"
    shutil.copytree(resource_path("starter"), bundled / "starter")
    (bundled / "starter/unet/config.json").write_text("{")
    store = store_in(user_folder, bundled)

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


def test_a_model_of_the_catalogue_is_found_wherever_it_is_and_whatever_it_was_called(
    store: CheckpointStore, user_folder: Path, tmp_path: Path
) -> None:
    make_model(user_folder / "sd15")  # somebody's own: the name of its folder says nothing
    write_manifest(make_model(user_folder / "renamed by hand"), Manifest("An older name", (), "sd15"))

    for wanted in ("sd15", "Stable Diffusion 1.5"):
        found = store.find(wanted)
        assert (found.path, found.entry_id) == (user_folder / "renamed by hand", "sd15")

    (user_folder / "renamed by hand").rename(tmp_path / "gone")
    assert store.find("sd15").path == user_folder / "sd15"


def test_a_model_of_the_catalogue_is_described_by_it(store: CheckpointStore, user_folder: Path, tmp_path: Path) -> None:
    write_manifest(make_model(user_folder / "one"), Manifest("An older name", (), "sd15"))
    make_model(user_folder / "two")
    library = ModelLibrary(LibraryPlaces({ModelKind.CHECKPOINT: user_folder}, tmp_path, tmp_path / "cache.json"))

    described = store.described(library.installed())

    assert [model.model for model in described] == [store.find("sd15"), store.find("two")]
    assert described[0].name == "Stable Diffusion 1.5"


@pytest.mark.parametrize("entry_id", ["sd21-base", "sd-turbo"])
def test_what_the_files_of_stable_diffusion_2_leave_open_the_catalogue_says(
    store: CheckpointStore, user_folder: Path, entry_id: str
) -> None:
    file = write_file(user_folder / entry_id / "model.safetensors", headers.SD_2)
    write_manifest(file.parent, Manifest("Second", (), entry_id))
    write_file(user_folder / "unknown.safetensors", headers.SD_2)

    assert store.find(entry_id).prediction is Prediction.EPSILON
    assert store.find("unknown").prediction is Prediction.V


def test_a_damaged_model_of_the_catalogue_tells_why(store: CheckpointStore, user_folder: Path) -> None:
    write_manifest(make_model(user_folder / "sd15"), Manifest("Stable Diffusion 1.5", (), "sd15"))
    (user_folder / "sd15" / WEIGHTS[0]).unlink()

    with pytest.raises(CheckpointIncomplete):
        store.find("Stable Diffusion 1.5")


def test_finding_tells_why_a_model_cannot_be_used(store: CheckpointStore, user_folder: Path) -> None:
    (make_model(user_folder / "dreamer") / WEIGHTS[0]).unlink()

    with pytest.raises(CheckpointIncomplete):
        store.find("dreamer")


@pytest.mark.parametrize("wanted", ["", "  ", "no such model", "/no/such/path", "a\0b"])
def test_finding_nothing(store: CheckpointStore, wanted: str) -> None:
    with pytest.raises(CheckpointNotFound) as caught:
        store.find(wanted)

    assert caught.value.name == wanted


def test_finding_the_default_leaves_heavy_libraries_out() -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from studio.app.model_stores import checkpoint_store\n"
        "from studio.settings.paths import UserPaths\n"
        "checkpoint_store(UserPaths.below(Path('nowhere'))).installed()\n"
        "heavy = {'pydantic', 'numpy', 'PIL', 'torch', 'safetensors', 'filelock', 'send2trash', 'yaml', 'sqlite3'}\n"
        "print(sorted(heavy & set(sys.modules)))"
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

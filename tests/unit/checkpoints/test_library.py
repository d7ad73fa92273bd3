"""The library of models: found, brought in, verified, moved and removed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from studio.checkpoints import library as library_module
from studio.checkpoints import library_places, model_arrival, model_copy
from studio.checkpoints.inspect import inspect_checkpoint
from studio.checkpoints.inspection_cache import Model
from studio.checkpoints.installed_model import InstalledModel, Place
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.library_lock import locked
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.manifest import MANIFEST_NAME, Manifest, ManifestFile, read_manifest
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.verification import FileState
from studio.checkpoints.work_progress import WorkProgress
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, Companion, ModelFamily, Prediction, RecommendedSampling
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointIncomplete,
    CheckpointNotFound,
    DiskFull,
    FolderUnwritable,
    LibraryBusy,
    ModelNameTaken,
    ModelUnmovable,
    ModelWorkCancelled,
    NotACheckpoint,
    PickleRefused,
    TrashFailed,
)
from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.ui.messages import message_for
from tests.helpers.windows_locks import keep_open_locks
from tests.unit.checkpoints import headers
from tests.unit.checkpoints.headers import write_file
from tests.unit.checkpoints.model_folder import WEIGHTS, change_json, make_model, safetensors, tensor

BIG = 2 * 1024 * 1024


class Inspector:
    """Tells a LoRA by its one tensor, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[Path] = []

    def __call__(self, path: Path) -> Model:
        self.asked.append(path)
        if path.is_file() and b"lora_down" in path.read_bytes()[:2000]:
            return Addon(path.stem, path, AddonKind.LORA, ModelFamily.STABLE_DIFFUSION)
        return inspect_checkpoint(path)


class Libraries:
    """A library in a folder of its own; `again()` is the program's next start."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.inspector = Inspector()
        self.places = LibraryPlaces(
            {ModelKind.CHECKPOINT: home / "checkpoints", ModelKind.LORA: home / "loras"},
            home / "state",
            home / "cache/models.json",
        )
        self.library = self.again()

    def again(self) -> ModelLibrary:
        self.inspector = Inspector()
        return ModelLibrary(self.places, self.inspector)


@pytest.fixture
def libraries(tmp_path: Path) -> Libraries:
    return Libraries(tmp_path / "home")


@pytest.fixture
def library(libraries: Libraries) -> ModelLibrary:
    return libraries.library


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def plenty_of_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_copy, "SPARE_BYTES", 1)


def make_lora(path: Path, size: int = 4) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(safetensors({"lora_down.weight": tensor("U8", [size], 0, size)}, bytes(size)))
    return path


def picture_of(library: ModelLibrary, model: InstalledModel) -> bytes:
    file = library.thumbnails.of(model)
    assert file is not None
    return file.read_bytes()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def all_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def nowhere_half_done(home: Path) -> bool:
    return not [path for path in home.rglob("*.importing*") if path.exists()] and not list(home.rglob("*.tmp"))


# --- finding ---


def test_an_empty_library_touches_no_disk(libraries: Libraries) -> None:
    assert libraries.library.installed() == ()
    assert libraries.library.problems() == ()
    assert not libraries.home.exists()


def test_models_and_addons_are_found_by_kind_and_name(libraries: Libraries, library: ModelLibrary) -> None:
    make_model(libraries.home / "checkpoints/Zebra")
    make_model(libraries.home / "checkpoints/ant")
    make_lora(libraries.home / "loras/styles/ink.safetensors")

    found = library.installed()

    assert [(model.kind, model.name) for model in found] == [
        (ModelKind.CHECKPOINT, "ant"),
        (ModelKind.CHECKPOINT, "Zebra"),
        (ModelKind.LORA, "ink"),
    ]
    assert {model.place for model in found} == {Place.OWN}
    assert found[0].size == sum(path.stat().st_size for path in found[0].path.rglob("*") if path.is_file())
    assert found[2].family is ModelFamily.STABLE_DIFFUSION


def test_what_is_wrong_is_told_and_what_is_still_coming_is_not(libraries: Libraries, library: ModelLibrary) -> None:
    checkpoints = libraries.home / "checkpoints"
    (make_model(checkpoints / "broken") / WEIGHTS[0]).unlink()
    coming = make_model(checkpoints / "coming")
    (coming / WEIGHTS[0]).rename(coming / f"{WEIGHTS[0]}.part")
    single = make_lora(checkpoints / "single/model.safetensors")
    single.with_name("other.safetensors.part").write_bytes(b"x")
    (checkpoints / "old.ckpt").write_bytes(b"x")
    (checkpoints / ".hidden").mkdir()
    (checkpoints / "notes.txt").write_text("no model")

    content = library.look()

    assert content.models == ()
    assert [type(problem) for problem in content.problems] == [CheckpointIncomplete, PickleRefused]


def test_a_link_that_leads_out_is_a_model_only_where_the_user_put_it_himself(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path
) -> None:
    model = make_model(elsewhere / "linked")
    checkpoints = libraries.home / "checkpoints"
    (checkpoints / "deep").mkdir(parents=True)
    (checkpoints / "mine").symlink_to(model)
    (checkpoints / "deep/other").symlink_to(model)

    assert [found.path for found in library.installed()] == [checkpoints / "mine"]


@pytest.mark.parametrize("wanted", ["dreamer", " DREAMER ", "Dreamer.safetensors"])
def test_finding_by_name(libraries: Libraries, library: ModelLibrary, wanted: str) -> None:
    lora = make_lora(libraries.home / "loras/Dreamer.safetensors")

    assert library.find(wanted).path == lora
    assert library.find(str(lora)).path == lora


def test_a_model_and_an_addon_may_have_the_same_name(libraries: Libraries, library: ModelLibrary) -> None:
    make_model(libraries.home / "checkpoints/ink")
    make_lora(libraries.home / "loras/ink.safetensors")

    assert library.find("ink", ModelKind.LORA).kind is ModelKind.LORA
    assert library.find("ink", ModelKind.CHECKPOINT).kind is ModelKind.CHECKPOINT
    with pytest.raises(CheckpointNotFound):
        library.find("ink", ModelKind.VAE)


def test_finding_tells_why_a_model_cannot_be_used(libraries: Libraries, library: ModelLibrary) -> None:
    (make_model(libraries.home / "checkpoints/dreamer") / WEIGHTS[0]).unlink()

    with pytest.raises(CheckpointIncomplete):
        library.find("dreamer")
    with pytest.raises(CheckpointNotFound):
        library.find("")


# --- the memory of what models are ---


def test_the_next_start_asks_no_file_again(libraries: Libraries) -> None:
    make_model(libraries.home / "checkpoints/ant")
    make_lora(libraries.home / "loras/ink.safetensors")
    before = libraries.library.installed()

    again = libraries.again()

    assert again.installed() == before
    assert libraries.inspector.asked == []


@pytest.mark.parametrize(
    "change",
    [
        lambda model: change_json(model / "model_index.json", more="content"),
        lambda model: os.utime(model / WEIGHTS[0], ns=(1, 1)),
        lambda model: (model / WEIGHTS[0]).write_bytes(safetensors({"w": tensor("F16", [4, 2], 0, 16)}, bytes(16))),
        lambda model: shutil.copy(model / WEIGHTS[0], model / "unet/more.safetensors"),
        lambda model: (model / "vae/config.json").rename(model / "vae/old.json"),
    ],
)
def test_a_model_that_changed_is_looked_at_again(libraries: Libraries, change: object) -> None:
    model = make_model(libraries.home / "checkpoints/ant")
    libraries.library.look()
    assert callable(change)
    change(model)

    libraries.again().look()

    assert libraries.inspector.asked == [model]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 99, "models": {}}', b"\xff"])
def test_a_damaged_memory_costs_time_and_nothing_else(libraries: Libraries, content: bytes) -> None:
    model = make_model(libraries.home / "checkpoints/ant")
    before = libraries.library.installed()
    libraries.places.cache_file.write_bytes(content)

    assert libraries.again().installed() == before
    assert libraries.inspector.asked == [model]


def test_each_entry_of_the_memory_may_be_wrong_in_every_field(libraries: Libraries) -> None:
    make_model(libraries.home / "checkpoints/ant")
    make_lora(libraries.home / "loras/ink.safetensors")
    before = libraries.library.installed()
    good = libraries.places.cache_file.read_text()
    for path, entry in json.loads(good)["models"].items():
        for key in entry:
            document = json.loads(good)
            document["models"][path][key] = {"nonsense": 1}
            libraries.places.cache_file.write_text(json.dumps(document))
            found = {model.path: model.kind for model in libraries.again().installed()}
            assert found == {model.path: model.kind for model in before}


def test_a_model_that_was_renamed_has_its_new_name_at_once(libraries: Libraries, elsewhere: Path) -> None:
    make_model(elsewhere / "dream")
    libraries.again().add_local(elsewhere / "dream", HowToAdd.IN_PLACE, name="Old")
    running = libraries.again()
    assert [model.name for model in running.installed()] == ["Old"]

    libraries.again().add_local(elsewhere / "dream", HowToAdd.IN_PLACE, name="New")

    assert [model.name for model in running.installed()] == ["New"]
    assert [model.name for model in libraries.again().installed()] == ["New"]


def test_a_model_that_is_gone_is_forgotten(libraries: Libraries) -> None:
    make_model(libraries.home / "checkpoints/ant")
    libraries.library.look()
    shutil.rmtree(libraries.home / "checkpoints/ant")

    assert libraries.again().installed() == ()
    assert json.loads(libraries.places.cache_file.read_text())["models"] == {}


# --- bringing in ---


def test_a_model_is_used_where_it_is(libraries: Libraries, library: ModelLibrary, elsewhere: Path) -> None:
    lora = make_lora(elsewhere / "ink.safetensors")

    added = library.add_local(lora, HowToAdd.IN_PLACE)

    assert (added.path, added.place) == (lora, Place.IN_PLACE)
    assert libraries.again().installed() == (added,)
    assert all_files(elsewhere) == {"ink.safetensors"}


def test_adding_twice_keeps_one(library: ModelLibrary, elsewhere: Path) -> None:
    lora = make_lora(elsewhere / "ink.safetensors")
    library.add_local(lora, HowToAdd.IN_PLACE)
    library.add_local(lora, HowToAdd.IN_PLACE)

    assert len(library.installed()) == 1


def test_a_model_in_place_that_is_gone_is_told_and_comes_back(
    library: ModelLibrary, elsewhere: Path, tmp_path: Path
) -> None:
    library.add_local(make_lora(elsewhere / "ink.safetensors"), HowToAdd.IN_PLACE)
    elsewhere.rename(tmp_path / "unplugged")

    assert library.installed() == ()
    assert [type(problem) for problem in library.problems()] == [CheckpointNotFound]

    (tmp_path / "unplugged").rename(elsewhere)
    assert len(library.installed()) == 1


def test_a_copy_leaves_the_original_alone_and_knows_its_hashes(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path
) -> None:
    source = make_model(elsewhere / "dream")
    before = all_files(source)
    seen: list[WorkProgress] = []

    added = library.add_local(source, HowToAdd.COPY, name="My: dream?", on_progress=seen.append)

    assert added.name == "My: dream?"
    assert added.path == libraries.home / "checkpoints/My dream"
    assert all_files(source) == before
    manifest = read_manifest(added.path)
    assert manifest is not None
    assert {file.path: file.sha256 for file in manifest.files} == {name: sha256(source / name) for name in before}
    assert not manifest.vouched_for
    assert seen[-1].fraction == 1.0
    assert nowhere_half_done(libraries.home)


def test_a_single_file_gets_a_folder_of_its_own(libraries: Libraries, library: ModelLibrary, elsewhere: Path) -> None:
    added = library.add_local(make_lora(elsewhere / "ink.safetensors"), HowToAdd.COPY)

    assert added.path == libraries.home / "loras/ink/ink.safetensors"
    assert added.root == libraries.home / "loras/ink"
    assert libraries.again().installed() == (added,)


@pytest.mark.parametrize("same_disk", [True, False])
def test_a_move_takes_the_original_away(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, same_disk: bool
) -> None:
    monkeypatch.setattr(model_arrival, "_same_disk", lambda *_: same_disk)
    source = make_model(elsewhere / "dream")
    files = all_files(source)

    added = library.add_local(source, HowToAdd.MOVE)

    assert not source.exists()
    assert all_files(added.path) == files | {MANIFEST_NAME}
    manifest = read_manifest(added.path)
    assert manifest is not None
    assert all((file.sha256 is None) == same_disk for file in manifest.files)


def test_a_move_to_another_disk_leaves_what_does_not_belong_to_the_model(
    library: ModelLibrary, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_arrival, "_same_disk", lambda *_: False)
    source = make_model(elsewhere / "dream")
    (source / ".git").mkdir()
    (source / ".git/config").write_text("mine")

    library.add_local(source, HowToAdd.MOVE)

    assert all_files(source) == {".git/config"}


def test_a_model_made_of_links_is_copied_but_not_moved(library: ModelLibrary, elsewhere: Path) -> None:
    repository = elsewhere / "models--a--b"
    snapshot = make_model(repository / "snapshots/abc")
    (repository / "blobs").mkdir()
    (snapshot / WEIGHTS[0]).rename(repository / "blobs/123")
    (snapshot / WEIGHTS[0]).symlink_to(repository / "blobs/123")

    with pytest.raises(ModelUnmovable):
        library.add_local(snapshot, HowToAdd.MOVE)
    copied = library.add_local(snapshot, HowToAdd.COPY, name="b")

    assert not (copied.path / WEIGHTS[0]).is_symlink()
    assert sha256(copied.path / WEIGHTS[0]) == sha256(repository / "blobs/123")


def test_no_model_no_name_and_no_space(
    library: ModelLibrary, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, libraries: Libraries
) -> None:
    with pytest.raises(CheckpointNotFound):
        library.add_local(elsewhere / "nothing", HowToAdd.COPY)
    (elsewhere / "folder").mkdir()
    with pytest.raises(NotACheckpoint):
        library.add_local(elsewhere / "folder", HowToAdd.IN_PLACE)
    lora = make_lora(elsewhere / "ink.safetensors")
    library.add_local(lora, HowToAdd.COPY)
    with pytest.raises(ModelNameTaken):
        library.add_local(lora, HowToAdd.COPY)
    with pytest.raises(ModelNameTaken):
        library.add_local(lora, HowToAdd.MOVE)
    with pytest.raises(ModelUnmovable):
        library.add_local(libraries.home / "loras/ink/ink.safetensors", HowToAdd.COPY)
    monkeypatch.setattr(model_copy, "SPARE_BYTES", 2**62)
    with pytest.raises(DiskFull):
        library.add_local(lora, HowToAdd.COPY, name="other")

    assert lora.exists()
    assert len(library.installed()) == 1
    assert nowhere_half_done(libraries.home)


def test_a_cancelled_copy_leaves_nothing(libraries: Libraries, library: ModelLibrary, elsewhere: Path) -> None:
    cancel = CancelToken()
    lora = make_lora(elsewhere / "ink.safetensors", BIG)

    with pytest.raises(ModelWorkCancelled):
        library.add_local(lora, HowToAdd.COPY, on_progress=lambda _: cancel.cancel(), cancel=cancel)

    assert library.installed() == ()
    assert nowhere_half_done(libraries.home)


def test_a_copy_that_fails_leaves_nothing(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lora = make_lora(elsewhere / "ink.safetensors")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.checkpoints.file_hash.os.fsync", fail)
    with pytest.raises(DiskFull):
        library.add_local(lora, HowToAdd.COPY)
    monkeypatch.undo()

    assert library.installed() == ()
    assert nowhere_half_done(libraries.home)


def test_a_lock_that_the_system_keeps_while_it_is_held_stops_no_copy(
    library: ModelLibrary, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lora = make_lora(elsewhere / "ink.safetensors")
    keep_open_locks(monkeypatch)

    copied = library.add_local(lora, HowToAdd.COPY)

    assert library.installed() == (copied,)


def test_what_a_killed_copy_left_is_cleared_away_and_a_living_one_is_not(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_copy, "SPARE_BYTES", 1)
    loras = libraries.home / "loras"
    dead, living = loras / ".1.importing", loras / ".2.importing"
    for staging in (dead, living):
        make_lora(staging / "half.safetensors")
    with locked(living.with_name(".2.importing.lock")):
        library.add_local(make_lora(elsewhere / "ink.safetensors"), HowToAdd.COPY)

        assert not dead.exists()
        assert living.exists()
        assert [model.name for model in library.installed()] == ["ink"]


def test_a_library_that_another_program_changes_is_busy(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked_impatiently(path: Path) -> AbstractContextManager[None]:
        return locked(path, patience=0.05)

    monkeypatch.setattr(library_places, "locked", locked_impatiently)
    libraries.places.state.mkdir(parents=True)
    lora = make_lora(elsewhere / "ink.safetensors")

    with locked(libraries.places.lock_file), pytest.raises(LibraryBusy):
        library.add_local(lora, HowToAdd.IN_PLACE)

    assert library.add_local(lora, HowToAdd.IN_PLACE).path == lora


def test_a_damaged_list_is_told_and_not_overwritten(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path
) -> None:
    libraries.places.state.mkdir(parents=True)
    libraries.places.registry_file.write_text("{")

    with pytest.raises(CheckpointDamaged):
        library.installed()
    with pytest.raises(CheckpointDamaged):
        library.add_local(make_lora(elsewhere / "ink.safetensors"), HowToAdd.IN_PLACE)

    assert libraries.places.registry_file.read_text() == "{"


# --- a single file whose parts lie beside it ---


class PartsBeside(Inspector):
    """`main.safetensors` needs `vae.safetensors` beside it, which is no model of its own."""

    def __call__(self, path: Path) -> Model:
        file = path / "main.safetensors" if path.is_dir() else path
        beside = file.with_name("vae.safetensors")
        if file.name == "vae.safetensors":
            raise NotACheckpoint(file, "a part of a model")
        if not beside.is_file():
            raise CheckpointIncomplete(file, "vae")
        self.asked.append(path)
        best = RecommendedSampling(Size(512, 512), 20, 5.0, SchedulerName.EULER)
        return Checkpoint(file.stem, file, ModelFamily.FLUX, best, companions=(Companion("vae", beside),))


@pytest.fixture
def with_parts(libraries: Libraries) -> ModelLibrary:
    return ModelLibrary(libraries.places, PartsBeside())


def test_parts_beside_a_model_are_no_problem_and_are_remembered(libraries: Libraries, with_parts: ModelLibrary) -> None:
    folder = libraries.home / "checkpoints/mine"
    make_lora(folder / "main.safetensors")
    make_lora(folder / "vae.safetensors")

    content = with_parts.look()
    again = PartsBeside()
    content_again = ModelLibrary(libraries.places, again).look()
    make_lora(folder / "vae.safetensors", 9)
    changed = PartsBeside()
    ModelLibrary(libraries.places, changed).look()

    assert [model.name for model in content.models] == ["main"]
    assert content.problems == ()
    assert content_again == content
    assert (again.asked, changed.asked) == ([], [folder / "main.safetensors"])


def test_parts_are_copied_with_the_model_and_never_moved(
    libraries: Libraries, with_parts: ModelLibrary, elsewhere: Path
) -> None:
    main = make_lora(elsewhere / "main.safetensors")
    make_lora(elsewhere / "vae.safetensors", BIG)

    with pytest.raises(ModelUnmovable):
        with_parts.add_local(main, HowToAdd.MOVE)
    copied = with_parts.add_local(main, HowToAdd.COPY, name="mine")

    assert all_files(copied.root) == {"main.safetensors", "vae.safetensors", MANIFEST_NAME}
    assert with_parts.installed() == (copied,)
    assert ModelLibrary(libraries.places, PartsBeside()).installed() == (copied,)
    assert copied.path == copied.root / "main.safetensors"
    assert copied.size == sum(file.stat().st_size for file in elsewhere.iterdir())
    assert with_parts.problems() == ()
    assert with_parts.removal(copied).freed == sum(file.stat().st_size for file in elsewhere.iterdir())
    assert len(with_parts.verify(copied).files) == 2


def test_a_folder_with_one_file_in_it_is_used_in_place_and_let_go(
    libraries: Libraries, with_parts: ModelLibrary, elsewhere: Path
) -> None:
    make_lora(elsewhere / "main.safetensors")
    make_lora(elsewhere / "vae.safetensors")

    added = with_parts.add_local(elsewhere, HowToAdd.IN_PLACE)

    assert added.path == elsewhere / "main.safetensors"
    assert ModelLibrary(libraries.places, PartsBeside()).installed() == (added,)
    assert len(with_parts.verify(added).files) == 2
    with_parts.remove(added)
    assert with_parts.installed() == ()
    assert all_files(elsewhere) == {"main.safetensors", "vae.safetensors"}


# --- identical files are stored once ---


def test_identical_files_of_two_copies_are_stored_once(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path
) -> None:
    lora = make_lora(elsewhere / "ink.safetensors", BIG)
    first = library.add_local(lora, HowToAdd.COPY, name="first")
    second = library.add_local(lora, HowToAdd.COPY, name="second")

    assert first.path.samefile(second.path)
    assert nowhere_half_done(libraries.home)


def test_a_file_that_changed_since_is_no_twin(library: ModelLibrary, elsewhere: Path) -> None:
    lora = make_lora(elsewhere / "ink.safetensors", BIG)
    first = library.add_local(lora, HowToAdd.COPY, name="first")
    content = bytearray(first.path.read_bytes())
    content[-1] ^= 1
    first.path.write_bytes(content)

    second = library.add_local(lora, HowToAdd.COPY, name="second")

    assert not first.path.samefile(second.path)
    assert sha256(second.path) == sha256(lora)


def test_where_the_file_system_has_no_links_there_are_two_copies(
    library: ModelLibrary, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lora = make_lora(elsewhere / "ink.safetensors", BIG)
    first = library.add_local(lora, HowToAdd.COPY, name="first")

    def no_links(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("studio.checkpoints.shared_files.os.link", no_links)
    second = library.add_local(lora, HowToAdd.COPY, name="second")

    assert not first.path.samefile(second.path)
    assert sha256(first.path) == sha256(second.path)


def test_a_finished_download_is_taken_in_with_its_hashes_and_shares_its_files(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path
) -> None:
    mine = library.add_local(make_lora(elsewhere / "ink.safetensors", BIG), HowToAdd.COPY)
    folder = library.folder_for(ModelKind.LORA, "Ink: again")
    file = make_lora(folder / "again.safetensors", BIG)
    facts = ManifestFile(file.name, file.stat().st_size, sha256(file), published=True, url="https://example.org/x")

    adopted = library.adopt(folder, Manifest("Ink again", (facts,), "ink-again", "a/b", "0" * 40, "MIT"))

    assert folder.name == "Ink again"
    assert (adopted.name, adopted.entry_id) == ("again", "ink-again")
    assert library.find("INK-AGAIN").path == file
    assert file.samefile(mine.path)
    manifest = libraries.again().manifest(adopted)
    assert manifest is not None
    assert manifest.vouched_for
    assert manifest.source == "a/b"


def test_a_file_that_was_fetched_again_leaves_what_is_known_of_the_others(library: ModelLibrary) -> None:
    folder = make_model(library.folder_for(ModelKind.CHECKPOINT, "dream"))
    known = [ManifestFile(name, 8, "0" * 64, True, f"https://example.org/{name}") for name in WEIGHTS]
    library.adopt(folder, Manifest("Dream", tuple(known), "dream-1", "owner/dream"))
    again = ManifestFile(WEIGHTS[1], 8, sha256(folder / WEIGHTS[1]), True, "https://example.org/again")

    model = library.adopt(folder, Manifest("Dream", (again,), None, "owner/dream"))

    assert (model.name, model.entry_id) == ("Dream", "dream-1")
    assert library.manifest(model) == Manifest("Dream", (known[0], again, known[2]), "dream-1", "owner/dream")


def test_a_download_that_is_no_model_is_not_taken_in(library: ModelLibrary) -> None:
    folder = library.folder_for(ModelKind.CHECKPOINT, "odd")
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(safetensors({"w": tensor("U8", [1], 0, 1)}, b"x"))

    with pytest.raises(NotACheckpoint):
        library.adopt(folder, Manifest("odd", ()))

    assert read_manifest(folder) is None


# --- verifying ---


def test_the_first_verification_writes_down_what_the_next_compares_with(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path
) -> None:
    lora = make_lora(elsewhere / "ink.safetensors", BIG)
    model = library.add_local(lora, HowToAdd.IN_PLACE)

    first = library.verify(model)
    second = libraries.again().verify(model)
    content = bytearray(lora.read_bytes())
    content[-1] ^= 1
    lora.write_bytes(content)
    third = library.verify(model)

    assert [file.state for file in first.files] == [FileState.PINNED]
    assert [file.state for file in second.files] == [FileState.INTACT]
    assert [file.state for file in third.files] == [FileState.DAMAGED]
    assert third.bad[0].fact.path == "ink.safetensors"
    assert third.bad[0].found == sha256(lora)
    assert all_files(elsewhere) == {"ink.safetensors"}


def test_a_pinned_hash_that_a_source_publishes_counts_as_published(library: ModelLibrary, elsewhere: Path) -> None:
    lora = make_lora(elsewhere / "ink.safetensors")
    model = library.add_local(lora, HowToAdd.IN_PLACE)

    library.verify(model, published=frozenset({sha256(lora)}))

    assert library.verify(model).vouched_for


def test_verification_says_which_file_is_bad(library: ModelLibrary, elsewhere: Path) -> None:
    model = library.add_local(make_model(elsewhere / "dream"), HowToAdd.COPY)
    (model.path / WEIGHTS[0]).write_bytes(b"x")
    (model.path / WEIGHTS[1]).unlink()
    (model.path / "something new.txt").write_text("passed over")

    verification = library.verify(model)

    states = {file.fact.path: file.state for file in verification.bad}
    assert states == {WEIGHTS[0]: FileState.DAMAGED, WEIGHTS[1]: FileState.MISSING}
    assert len(verification.files) == len(all_files(elsewhere / "dream"))


def test_verification_can_be_stopped(library: ModelLibrary, elsewhere: Path) -> None:
    model = library.add_local(make_lora(elsewhere / "ink.safetensors", BIG), HowToAdd.IN_PLACE)
    cancel = CancelToken()
    cancel.cancel()

    with pytest.raises(ModelWorkCancelled):
        library.verify(model, cancel=cancel)

    assert library.manifest(model) is None


def test_a_damaged_manifest_is_told(library: ModelLibrary, elsewhere: Path) -> None:
    model = library.add_local(make_lora(elsewhere / "ink.safetensors"), HowToAdd.COPY)
    for content in ("{", '{"version": 1}', '{"version": 9, "name": "x", "files": []}'):
        (model.root / MANIFEST_NAME).write_text(content)
        with pytest.raises(CheckpointDamaged):
            library.verify(model)


# --- what the user knows better ---


def test_what_a_model_predicts_is_what_the_user_says(libraries: Libraries, elsewhere: Path, tmp_path: Path) -> None:
    library = ModelLibrary(libraries.places)
    model = library.add_local(write_file(elsewhere / "second.safetensors", headers.SD_2), HowToAdd.IN_PLACE)
    assert predicted(model) == (Prediction.V, Size(768, 768))
    assert model.chosen_prediction is None

    chosen = library.choose_prediction(model, Prediction.EPSILON)

    assert predicted(chosen) == (Prediction.EPSILON, Size(512, 512))
    assert ModelLibrary(libraries.places).installed() == (chosen,)
    assert not library.verify(chosen).bad
    moved = library.move(chosen, tmp_path / "other disk")
    assert moved.chosen_prediction is Prediction.EPSILON
    assert predicted(library.choose_prediction(moved, None)) == (Prediction.V, Size(768, 768))


def predicted(model: InstalledModel) -> tuple[Prediction, Size]:
    assert isinstance(model.model, Checkpoint)
    return model.model.prediction, model.model.recommended.size


# --- moving ---


@pytest.mark.parametrize("same_disk", [True, False])
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_moving_to_another_disk_and_back(
    libraries: Libraries, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_disk: bool, kind: str
) -> None:
    monkeypatch.setattr(model_arrival, "_same_disk", lambda *_: same_disk)
    library = libraries.library
    source = make_model(elsewhere / "ink") if kind == "folder" else make_lora(elsewhere / "ink.safetensors")
    model = library.add_local(source, HowToAdd.COPY)
    manifest = library.manifest(model)
    library.thumbnails.keep(model.identity, b"jpeg")

    away = library.move(model, tmp_path / "other disk")

    assert not model.root.exists()
    assert away.place is Place.IN_PLACE
    assert away.root == tmp_path / "other disk/ink"
    assert libraries.again().installed() == (away,)
    assert library.manifest(away) == manifest
    assert not library.verify(away).bad

    assert picture_of(library, away) == b"jpeg"

    back = libraries.again().move(away, libraries.places.folders[model.kind])

    assert back == model
    assert libraries.again().installed() == (model,)
    assert library.manifest(back) == manifest
    assert not away.root.exists()
    assert picture_of(libraries.again(), back) == b"jpeg"


def test_a_move_that_fails_changes_nothing(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path, tmp_path: Path
) -> None:
    model = library.add_local(make_lora(elsewhere / "ink.safetensors"), HowToAdd.COPY)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/ink").mkdir()
    (tmp_path / "file").write_text("")

    with pytest.raises(ModelNameTaken):
        library.move(model, tmp_path / "other")
    with pytest.raises(FolderUnwritable):
        library.move(model, tmp_path / "file/below")

    assert libraries.again().installed() == (model,)
    assert library.problems() == ()


def test_a_move_that_fails_leaves_what_is_used_in_place_in_the_list(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path
) -> None:
    model = library.add_local(make_model(elsewhere / "dream"), HowToAdd.IN_PLACE)

    with pytest.raises(ModelNameTaken):
        library.move(model, elsewhere)

    assert libraries.again().installed() == (model,)


def test_a_file_whose_parts_lie_beside_it_is_not_moved_away_from_them(
    libraries: Libraries, with_parts: ModelLibrary, elsewhere: Path, tmp_path: Path
) -> None:
    main = make_lora(elsewhere / "main.safetensors")
    part = make_lora(elsewhere / "vae.safetensors")
    model = with_parts.add_local(main, HowToAdd.IN_PLACE)

    with pytest.raises(ModelUnmovable) as refused:
        with_parts.move(model, tmp_path / "other")

    assert "parts" in message_for(refused.value).text
    assert main.exists()
    assert part.exists()
    assert with_parts.installed() == (model,)

    own = with_parts.add_local(main, HowToAdd.COPY, name="mine")
    moved = with_parts.move(own, tmp_path / "other")
    assert all_files(moved.root) == {"main.safetensors", "vae.safetensors", MANIFEST_NAME}


# --- removing ---


def test_removing_tells_what_is_freed_and_goes_to_the_trash(
    libraries: Libraries, library: ModelLibrary, elsewhere: Path, trash_home: Path
) -> None:
    model = library.add_local(make_lora(elsewhere / "ink.safetensors"), HowToAdd.COPY)

    removal = library.remove(model)

    assert removal == library_module.Removal("ink", model.size, (), None)
    assert not model.root.exists()
    assert libraries.again().installed() == ()
    assert (trash_home / "files/ink/ink.safetensors").is_file()


def test_a_file_that_another_model_uses_is_not_freed(library: ModelLibrary, elsewhere: Path, trash_home: Path) -> None:
    lora = make_lora(elsewhere / "ink.safetensors", BIG)
    first = library.add_local(lora, HowToAdd.COPY, name="first")
    library.add_local(lora, HowToAdd.COPY, name="second")

    removal = library.removal(first)

    assert removal.freed == 0
    [shared] = removal.shared
    assert (shared.path, shared.size, shared.users) == ("ink.safetensors", lora.stat().st_size, ("ink",))
    library.remove(first)
    assert [model.root.name for model in library.installed()] == ["second"]
    assert not library.verify(library.installed()[0]).bad
    assert trash_home.exists()


def test_removing_a_model_used_in_place_leaves_its_files(library: ModelLibrary, elsewhere: Path) -> None:
    lora = make_lora(elsewhere / "ink.safetensors")
    model = library.add_local(lora, HowToAdd.IN_PLACE)

    removal = library.remove(model)

    assert removal.freed == 0
    assert removal.kept_at == lora
    assert lora.is_file()
    assert library.installed() == ()


def test_the_picture_of_a_model_stays_until_another_one_comes_or_it_is_removed(
    libraries: Libraries, elsewhere: Path
) -> None:
    library = libraries.library
    lora = make_lora(elsewhere / "ink.safetensors")
    model = library.add_local(lora, HowToAdd.IN_PLACE)
    assert library.thumbnails.of(model) is None
    library.thumbnails.keep(model.identity, b"first")
    library.thumbnails.keep(model.identity, b"second")
    assert picture_of(libraries.again(), model) == b"second"
    library.remove(model)
    assert library.thumbnails.of(library.add_local(lora, HowToAdd.IN_PLACE)) is None


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_model_that_the_user_renames_keeps_its_picture(libraries: Libraries, elsewhere: Path, kind: str) -> None:
    library = libraries.library
    source = make_model(elsewhere / "ink") if kind == "folder" else make_lora(elsewhere / "ink.safetensors", 200_000)
    library.thumbnails.keep(library.add_local(source, HowToAdd.IN_PLACE).identity, b"jpeg")
    renamed = source.rename(elsewhere / f"pen{source.suffix}")
    assert picture_of(library, library.add_local(renamed, HowToAdd.IN_PLACE)) == b"jpeg"


def test_models_of_one_size_have_pictures_of_their_own(library: ModelLibrary, elsewhere: Path) -> None:
    ink, pen = make_lora(elsewhere / "ink.safetensors", 200_000), make_lora(elsewhere / "pen.safetensors", 200_000)
    weights = bytearray(pen.read_bytes())
    weights[-150_000:] = bytes(range(1, 251)) * 600
    pen.write_bytes(weights)
    library.thumbnails.keep(library.add_local(ink, HowToAdd.IN_PLACE).identity, b"jpeg")
    assert library.thumbnails.of(library.add_local(pen, HowToAdd.IN_PLACE)) is None


def test_a_picture_goes_with_the_last_copy_of_its_model(library: ModelLibrary, elsewhere: Path) -> None:
    one = library.add_local(make_lora(elsewhere / "ink.safetensors"), HowToAdd.IN_PLACE)
    other = library.add_local(make_lora(elsewhere / "copy.safetensors"), HowToAdd.IN_PLACE)
    library.thumbnails.keep(one.identity, b"jpeg")
    library.remove(one)
    kept = library.thumbnails.of(other)
    assert kept is not None
    library.remove(other)
    assert not kept.exists()


def test_a_picture_that_an_earlier_version_kept_by_the_place_of_its_model_is_found(
    libraries: Libraries, elsewhere: Path
) -> None:
    library = libraries.library
    lora = make_lora(elsewhere / "ink.safetensors")
    model = library.add_local(lora, HowToAdd.IN_PLACE)
    old = libraries.places.thumbnails / f"{hashlib.sha256(str(lora).encode()).hexdigest()[:32]}.jpg"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"jpeg")
    assert picture_of(library, model) == b"jpeg"
    moved = library.move(model, elsewhere / "away")
    assert picture_of(library, moved) == b"jpeg"


def test_what_the_trash_refuses_stays(library: ModelLibrary, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = library.add_local(make_lora(elsewhere / "ink.safetensors"), HowToAdd.COPY)

    def refuse(_path: Path) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr("send2trash.send2trash", refuse)
    with pytest.raises(TrashFailed):
        library.remove(model)

    assert library.installed() == (model,)

"""Models are used in place, copied or moved; what fails half way leaves nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from studio.checkpoints import library_places, model_arrival, model_copy
from studio.checkpoints.installed_model import Place
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.library_lock import locked
from studio.checkpoints.manifest import MANIFEST_NAME, read_manifest
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.work_progress import WorkProgress
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointNotFound,
    DiskFull,
    LibraryBusy,
    ModelNameTaken,
    ModelUnmovable,
    ModelWorkCancelled,
    NotACheckpoint,
)
from studio.core.session import CancelToken
from tests.helpers.windows_locks import keep_open_locks
from tests.unit.checkpoints.libraries import BIG, Libraries, all_files, make_lora, nowhere_half_done, sha256
from tests.unit.checkpoints.model_folder import WEIGHTS, make_model


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

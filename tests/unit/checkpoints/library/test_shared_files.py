"""Identical files are stored once."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.manifest import Manifest, ManifestFile, read_manifest
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.model_kind import ModelKind
from studio.core.errors import (
    NotACheckpoint,
)
from tests.unit.checkpoints.libraries import BIG, Libraries, make_lora, nowhere_half_done, sha256
from tests.unit.checkpoints.model_folder import WEIGHTS, make_model, safetensors, tensor


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
    assert (adopted.source, adopted.licence) == ("a/b", "MIT")
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

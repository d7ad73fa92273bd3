"""Removing tells what is freed; the picture of a model goes with its last copy."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from studio.checkpoints import library as library_module
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.model_arrival import HowToAdd
from studio.core.errors import (
    TrashFailed,
)
from tests.unit.checkpoints.libraries import BIG, Libraries, make_lora, picture_of
from tests.unit.checkpoints.model_folder import make_model


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

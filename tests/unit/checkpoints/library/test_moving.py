"""Models are moved, also to another disk; a move that fails changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.checkpoints import model_arrival
from studio.checkpoints.installed_model import Place
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.manifest import MANIFEST_NAME
from studio.checkpoints.model_arrival import HowToAdd
from studio.core.errors import (
    FolderUnwritable,
    ModelNameTaken,
    ModelUnmovable,
)
from studio.ui.messages import message_for
from tests.unit.checkpoints.libraries import Libraries, all_files, make_lora, picture_of
from tests.unit.checkpoints.model_folder import make_model


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

"""A single file whose parts lie beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.manifest import MANIFEST_NAME
from studio.checkpoints.model_arrival import HowToAdd
from studio.core.errors import (
    ModelUnmovable,
)
from tests.unit.checkpoints.libraries import BIG, Libraries, PartsBeside, all_files, make_lora


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

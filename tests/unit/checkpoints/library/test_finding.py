"""Models are found by kind and name; what is wrong with one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.checkpoints.installed_model import Place
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.model_kind import ModelKind
from studio.core.checkpoint import ModelFamily
from studio.core.errors import (
    CheckpointIncomplete,
    CheckpointNotFound,
    PickleRefused,
)
from tests.unit.checkpoints.libraries import Libraries, make_lora
from tests.unit.checkpoints.model_folder import WEIGHTS, make_model


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

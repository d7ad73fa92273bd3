"""Files are compared with what is known of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.manifest import MANIFEST_NAME
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.verification import FileState
from studio.core.errors import (
    CheckpointDamaged,
    ModelWorkCancelled,
)
from studio.core.session import CancelToken
from tests.unit.checkpoints.libraries import BIG, Libraries, all_files, make_lora, sha256
from tests.unit.checkpoints.model_folder import WEIGHTS, make_model


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

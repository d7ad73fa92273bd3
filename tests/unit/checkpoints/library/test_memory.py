"""What models are is remembered, so that the next start asks no file again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from studio.checkpoints.model_arrival import HowToAdd
from tests.unit.checkpoints.libraries import Libraries, make_lora
from tests.unit.checkpoints.model_folder import WEIGHTS, change_json, make_model, safetensors, tensor


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

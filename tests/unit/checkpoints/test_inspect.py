"""What a path is: a model, or exactly why not."""

from __future__ import annotations

import os
import pickle
import shutil
import socket
import zipfile
from pathlib import Path

import pytest

from studio.checkpoints.inspect import inspect_checkpoint
from studio.core.checkpoint import ModelFamily
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointError,
    CheckpointIncomplete,
    CheckpointNotFound,
    NotACheckpoint,
    PickleRefused,
)
from studio.core.geometry import Size
from studio.core.resources import resource_path
from tests.unit.checkpoints.model_folder import WEIGHTS, change_json, make_model, safetensors, tensor, write_json


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_model(tmp_path / "dreamer")


class Exploit:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.abort, ()


def test_a_diffusers_folder_is_a_model(model: Path) -> None:
    checkpoint = inspect_checkpoint(model)

    assert checkpoint.name == "dreamer"
    assert checkpoint.path == model
    assert checkpoint.family is ModelFamily.STABLE_DIFFUSION
    assert checkpoint.recommended.size == Size(512, 512)


def test_the_bundled_model_is_a_model_of_256_pixels() -> None:
    assert inspect_checkpoint(resource_path("starter")).recommended.size == Size(256, 256)


def test_a_relative_path_becomes_absolute(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(model)

    checkpoint = inspect_checkpoint(Path())

    assert checkpoint.path == model
    assert checkpoint.name == "dreamer"


def test_a_latent_size_of_two_sides_is_height_and_width(model: Path) -> None:
    change_json(model / "unet/config.json", sample_size=[64, 96])

    assert inspect_checkpoint(model).recommended.size == Size(768, 512)


@pytest.mark.parametrize("name", ["nowhere", "nowhere/below", "x" * 300, "null\0"])
def test_nothing_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(CheckpointNotFound) as caught:
        inspect_checkpoint(tmp_path / name)

    assert caught.value.name == str(tmp_path / name)


@pytest.mark.parametrize(
    "missing",
    [
        *WEIGHTS,
        "unet/config.json",
        "vae/config.json",
        "text_encoder/config.json",
        "scheduler/scheduler_config.json",
        "tokenizer/merges.txt",
        "tokenizer/vocab.json",
    ],
)
def test_a_missing_file_is_named(model: Path, missing: str) -> None:
    (model / missing).unlink()

    with pytest.raises(CheckpointIncomplete) as caught:
        inspect_checkpoint(model)

    assert (caught.value.path, caught.value.missing) == (model, missing)


def test_one_tokenizer_file_is_enough_when_it_is_the_complete_one(model: Path) -> None:
    shutil.rmtree(model / "tokenizer")
    write_json(model / "tokenizer/tokenizer.json", {})

    assert inspect_checkpoint(model).name == "dreamer"


@pytest.mark.parametrize("missing", [WEIGHTS[0], WEIGHTS[1], WEIGHTS[2]])
def test_pickles_in_place_of_weights_are_refused(model: Path, missing: str) -> None:
    weights = model / missing
    weights.rename(weights.with_suffix(".bin"))

    with pytest.raises(PickleRefused) as caught:
        inspect_checkpoint(model)

    assert caught.value.path == weights.with_suffix(".bin")


def test_a_pickle_beside_complete_weights_does_no_harm(model: Path) -> None:
    (model / "unet/diffusion_pytorch_model.bin").write_bytes(pickle.dumps(Exploit()))

    assert inspect_checkpoint(model).name == "dreamer"


def as_torch_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Exploit()))


def as_bare_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Exploit(), protocol=2) + bytes(100))


@pytest.mark.parametrize("ending", [".ckpt", ".pt", ".pth", ".bin", ".CKPT"])
def test_a_pickle_is_refused_by_its_ending(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"model{ending}"
    path.write_bytes(b"anything")

    with pytest.raises(PickleRefused):
        inspect_checkpoint(path)


@pytest.mark.parametrize("write", [as_torch_zip, as_bare_pickle])
def test_a_renamed_pickle_is_refused_by_its_content(model: Path, tmp_path: Path, write: object) -> None:
    assert callable(write)
    for path in (tmp_path / "model.safetensors", model / WEIGHTS[0]):
        write(path)

    for path in (tmp_path / "model.safetensors", model):
        with pytest.raises(PickleRefused):
            inspect_checkpoint(path)


def test_a_safetensors_file_that_begins_like_a_pickle_is_none(model: Path) -> None:
    """A header of 640 bytes begins with 0x80 0x02, as a pickle of protocol 2 does."""
    weights = model / WEIGHTS[0]
    header = safetensors({"w" * 577: tensor("F16", [2, 2], 0, 8)}, bytes(8))
    assert header[:2] == b"\x80\x02"
    weights.write_bytes(header)

    assert inspect_checkpoint(model).name == "dreamer"


def test_of_an_unknown_file_it_is_said_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "dreamer.safetensors"
    path.write_bytes(safetensors({"w": tensor("F16", [2, 2], 0, 8)}, bytes(8)))

    with pytest.raises(NotACheckpoint, match="1 tensors, such as w 2x2"):
        inspect_checkpoint(path)


@pytest.mark.parametrize("name", ["photo.png", "notes.txt", "model"])
def test_a_file_of_another_kind_is_no_model(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"hello")

    with pytest.raises(NotACheckpoint):
        inspect_checkpoint(tmp_path / name)


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(NotACheckpoint, match="model_index"):
        inspect_checkpoint(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_its_writer(model: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    (model / WEIGHTS[1]).unlink()
    os.mkfifo(model / WEIGHTS[1])

    with pytest.raises(NotACheckpoint):
        inspect_checkpoint(tmp_path / "pipe.safetensors")
    with pytest.raises(CheckpointDamaged):
        inspect_checkpoint(model)


def test_a_socket_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(NotACheckpoint):
            inspect_checkpoint(tmp_path / "socket")


@pytest.mark.parametrize(
    "change",
    [
        {"_class_name": "StableDiffusionXLPipeline"},
        {"_class_name": ["diffusers_modules", "Evil"]},
        {"_class_name": None},
        {"unet": ["os", "system"]},
        {"unet": None},
        {"vae": [["diffusers"], ["AutoencoderKL"]]},
        {"text_encoder": "CLIPTextModel"},
        {"tokenizer": ["transformers", "CLIPTokenizer", "more"]},
    ],
)
def test_a_model_of_other_parts_is_not_for_this_version(model: Path, change: dict[str, object]) -> None:
    change_json(model / "model_index.json", **change)

    with pytest.raises(NotACheckpoint) as caught:
        inspect_checkpoint(model)

    assert caught.value.path == model


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("unet/config.json", {"sample_size": None}),
        ("unet/config.json", {"sample_size": "64"}),
        ("unet/config.json", {"sample_size": [64, 64, 64]}),
        ("unet/config.json", {"sample_size": []}),
        ("unet/config.json", {"sample_size": -8}),
        ("unet/config.json", {"sample_size": 10**30}),
        ("unet/config.json", {"sample_size": 4096}),
        ("unet/config.json", {"block_out_channels": [2**20]}),
        ("unet/config.json", {"layers_per_block": 20_000}),
        ("unet/config.json", {"transformer_layers_per_block": [[1, 20_000]]}),
        ("text_encoder/config.json", {"num_hidden_layers": 20_000}),
        ("vae/config.json", {"block_out_channels": None}),
        ("vae/config.json", {"block_out_channels": [4] * 40}),
        ("vae/config.json", {"block_out_channels": [0, 4]}),
    ],
)
def test_an_impossible_configuration_is_named(model: Path, name: str, change: dict[str, object]) -> None:
    change_json(model / name, **change)

    with pytest.raises(CheckpointDamaged) as caught:
        inspect_checkpoint(model)

    assert caught.value.path == model / name


@pytest.mark.parametrize(
    "name", ["model_index.json", "unet/config.json", "vae/config.json", "scheduler/scheduler_config.json"]
)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 50_000, b" " * (1024 * 1024 + 1)])
def test_bad_json_is_named(model: Path, name: str, content: bytes) -> None:
    (model / name).write_bytes(content)

    with pytest.raises(CheckpointDamaged) as caught:
        inspect_checkpoint(model)

    assert caught.value.path == model / name


def test_a_truncated_file_of_weights_is_damaged(model: Path) -> None:
    weights = model / WEIGHTS[2]
    weights.write_bytes(weights.read_bytes()[:-1])

    with pytest.raises(CheckpointDamaged, match="truncated") as caught:
        inspect_checkpoint(model)

    assert caught.value.path == weights


def test_a_git_lfs_pointer_is_named_as_such(model: Path) -> None:
    (model / WEIGHTS[0]).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")

    with pytest.raises(CheckpointDamaged, match="LFS"):
        inspect_checkpoint(model)


def test_an_oversized_tokenizer_is_refused(model: Path) -> None:
    with (model / "tokenizer/tokenizer.json").open("wb") as file:
        file.truncate(32 * 1024 * 1024 + 1)

    with pytest.raises(CheckpointDamaged):
        inspect_checkpoint(model)


def test_a_link_out_of_the_folder_is_refused(model: Path, tmp_path: Path) -> None:
    weights = model / WEIGHTS[0]
    weights.rename(tmp_path / "elsewhere.safetensors")
    weights.symlink_to(tmp_path / "elsewhere.safetensors")

    with pytest.raises(CheckpointDamaged, match="link"):
        inspect_checkpoint(model)


def test_the_hubs_cache_is_made_of_links_and_is_a_model(tmp_path: Path) -> None:
    repository = tmp_path / "models--someone--dreamer"
    snapshot = make_model(repository / "snapshots" / "0a1b2c")
    weights = snapshot / WEIGHTS[0]
    (repository / "blobs").mkdir()
    weights.rename(repository / "blobs" / "abc")
    weights.symlink_to(repository / "blobs" / "abc")

    assert inspect_checkpoint(snapshot).recommended.size == Size(512, 512)


def test_a_model_folder_may_itself_be_a_link(model: Path, tmp_path: Path) -> None:
    (tmp_path / "favourite").symlink_to(model)

    assert inspect_checkpoint(tmp_path / "favourite").name == "favourite"


@pytest.mark.parametrize("name", ["model_index.json", *WEIGHTS])
def test_a_folder_in_place_of_a_file_is_a_fact(model: Path, name: str) -> None:
    (model / name).unlink()
    (model / name).mkdir()

    with pytest.raises(CheckpointError):
        inspect_checkpoint(model)

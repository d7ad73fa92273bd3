"""Loading: a model is whole and safe, or the error says which file is at fault."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTokenizer

from studio.core.checkpoint import Checkpoint
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointIncomplete,
    CheckpointNotFound,
    NotACheckpoint,
    PickleRefused,
)
from studio.core.geometry import Size
from studio.core.progress import LoadProgress
from studio.engine.device import ComputeDevice
from studio.engine.loader import load_checkpoint

UNET = "unet/diffusion_pytorch_model.safetensors"


def rewrite(path: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    """Replace a (linked) file of weights by changed ones."""
    tensors = change(load_file(path))
    path.unlink()
    save_file(tensors, path, metadata={"format": "pt"})


def edit_json(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


# --- no model there ----------------------------------------------------------------------------------------------


def test_a_path_with_nothing_there(session, starter, tmp_path):
    with pytest.raises(CheckpointNotFound) as caught:
        session.load(replace(starter, name="Gone", path=tmp_path / "gone"))
    assert caught.value.name == "Gone"


def test_a_folder_without_a_model(session, starter, tmp_path):
    with pytest.raises(NotACheckpoint, match=r"model_index\.json"):
        session.load(replace(starter, path=tmp_path))


def test_a_file_that_is_no_model_folder(session, starter, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(NotACheckpoint):
        session.load(replace(starter, path=tmp_path / "notes.txt"))


def test_a_pickle_file_is_refused(session, starter, tmp_path):
    (tmp_path / "model.ckpt").write_bytes(b"\x80\x04")
    with pytest.raises(PickleRefused):
        session.load(replace(starter, path=tmp_path / "model.ckpt"))


def test_a_model_for_another_pipeline(session, copied):
    edit_json(copied.path / "model_index.json", _class_name="FluxPipeline")
    with pytest.raises(NotACheckpoint, match="FluxPipeline"):
        session.load(copied)


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
@pytest.mark.parametrize("named", [["os", "system"], ["diffusers", "AutoModel"], "unet", None])
def test_only_allowed_classes_are_loaded(session, copied, part, named):
    edit_json(copied.path / "model_index.json", **{part: named})
    with pytest.raises(NotACheckpoint, match=part):
        session.load(copied)


# --- files missing or damaged ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        UNET,
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "unet/config.json",
        "scheduler/scheduler_config.json",
    ],
)
def test_a_missing_file_is_named(session, copied, name):
    (copied.path / name).unlink()
    with pytest.raises(CheckpointIncomplete) as caught:
        session.load(copied)
    assert (caught.value.path, caught.value.missing) == (copied.path, name)


def test_a_missing_tokenizer_is_named(session, copied):
    (copied.path / "tokenizer/tokenizer.json").unlink()
    (copied.path / "tokenizer/merges.txt").unlink()
    with pytest.raises(CheckpointIncomplete) as caught:
        session.load(copied)
    assert caught.value.missing == "tokenizer/merges.txt"


def test_a_folder_with_pickle_weights_only_is_refused_and_not_run(session, copied, tmp_path):
    class Payload:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "it ran"),)

    (copied.path / UNET).unlink()
    (copied.path / "unet/diffusion_pytorch_model.bin").write_bytes(pickle.dumps(Payload()))
    with pytest.raises(PickleRefused) as caught:
        session.load(copied)
    assert caught.value.path.name == "diffusion_pytorch_model.bin"
    assert not (tmp_path / "it ran").exists()


def replace_bytes(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


@pytest.mark.parametrize("part", ["unet", "vae"])
@pytest.mark.parametrize("fraction", [0.0, 0.0001, 0.5, 0.9999])
def test_a_truncated_file_of_weights(session, copied, part, fraction):
    path = copied.path / part / "diffusion_pytorch_model.safetensors"
    content = path.read_bytes()
    replace_bytes(path, content[: int(len(content) * fraction)])
    with pytest.raises(CheckpointDamaged) as caught:
        session.load(copied)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "content",
    [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n",
        b"<html>not found</html>" * 100,
        (2).to_bytes(8, "little") + b"[]",
        (20).to_bytes(8, "little") + b'{"a":{"dtype":"F32"}',
    ],
)
def test_something_else_in_the_place_of_weights(session, copied, content):
    replace_bytes(copied.path / UNET, content)
    with pytest.raises(CheckpointDamaged) as caught:
        session.load(copied)
    assert caught.value.path == copied.path / UNET


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"a": "' + b"x" * 2**20 + b'"}'])
@pytest.mark.parametrize("name", ["model_index.json", "unet/config.json", "scheduler/scheduler_config.json"])
def test_a_damaged_configuration(session, copied, name, content):
    (copied.path / name).write_bytes(content)
    with pytest.raises(CheckpointDamaged) as caught:
        session.load(copied)
    assert caught.value.path == copied.path / name


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("unet/config.json", {"block_out_channels": [2**20, 160, 160]}),
        ("unet/config.json", {"layers_per_block": 20_000}),
        ("unet/config.json", {"transformer_layers_per_block": [[1, 20_000], 1, 1]}),
        ("vae/config.json", {"decoder_block_out_channels": [64] * 100_000}),
        ("text_encoder/config.json", {"num_hidden_layers": 20_000}),
        ("text_encoder/config.json", {"vocab_size": 2**40}),
        ("scheduler/scheduler_config.json", {"num_train_timesteps": 10**12}),
    ],
)
def test_a_configuration_that_asks_for_absurd_sizes_is_refused_before_anything_is_built(session, copied, name, values):
    edit_json(copied.path / name, **values)
    with pytest.raises(CheckpointDamaged, match=next(iter(values))):
        session.load(copied)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("unet/config.json", {"down_block_types": ["NoSuchBlock"] * 3}),
        ("unet/config.json", {"block_out_channels": "wide"}),
        ("scheduler/scheduler_config.json", {"beta_schedule": "no such schedule"}),
        ("text_encoder/config.json", {"hidden_act": "no such function"}),
    ],
)
def test_a_configuration_that_the_libraries_do_not_understand(session, copied, name, values):
    edit_json(copied.path / name, **values)
    with pytest.raises(CheckpointDamaged):
        session.load(copied)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("unet/config.json", {"down_block_types": ["NoSuchBlock"] * 3}),
        ("text_encoder/config.json", {"hidden_act": "no such function"}),
    ],
)
def test_a_model_that_fails_leaves_no_number_type_behind(copied, name, values):
    edit_json(copied.path / name, **values)
    with pytest.raises(CheckpointDamaged):
        load_checkpoint(copied, ComputeDevice(torch.device("cpu"), torch.bfloat16))
    assert torch.get_default_dtype() is torch.float32


@pytest.mark.parametrize("content", ["{", '{"model": {"type": "No such model"}}'])
def test_a_damaged_tokenizer(session, copied, content):
    (copied.path / "tokenizer/tokenizer.json").write_text(content)
    with pytest.raises(CheckpointDamaged):
        session.load(copied)


def test_a_tokenizer_is_read_once_for_all_models_that_share_it(fresh_session, starter, copied, monkeypatch):
    read: list[Path] = []
    original = CLIPTokenizer.from_pretrained.__func__

    def recorded(cls, folder, **options):
        read.append(folder)
        return original(cls, folder, **options)

    monkeypatch.setattr(CLIPTokenizer, "from_pretrained", classmethod(recorded))
    linked = copied.path.with_name("linked")
    shutil.copytree(copied.path, linked, ignore=shutil.ignore_patterns("tokenizer"))
    (linked / "tokenizer").symlink_to(copied.path / "tokenizer")
    for checkpoint in (copied, replace(copied, path=linked), copied):
        fresh_session.load(checkpoint)
    assert len(read) == 1
    edit_json(copied.path / "tokenizer/tokenizer_config.json", model_max_length=16)
    fresh_session.load(replace(copied, name="Edited"))
    assert len(read) == 2
    assert fresh_session._model.loaded.pipeline.tokenizer.model_max_length == 16


def test_digests_are_read_while_networks_are_loaded_and_never_outlive_it(fresh_session, copied):
    (copied.path / "unet/config.json").write_text("{}")
    with pytest.raises(CheckpointDamaged):
        fresh_session.load(copied)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("digests")]


def test_a_panic_in_the_tokenizers_library_is_a_damaged_tokenizer(session, copied, monkeypatch):
    class PanicException(BaseException):
        """What a hostile pattern ends in: no subclass of Exception."""

    def panic(*_, **__):
        raise PanicException("regex too large")

    monkeypatch.setattr(CLIPTokenizer, "from_pretrained", panic)
    with pytest.raises(CheckpointDamaged, match="regex too large"):
        session.load(copied)


# --- weights that do not belong ----------------------------------------------------------------------------------


def test_weights_of_another_model_do_not_run_on_random_numbers(session, copied):
    rewrite(copied.path / UNET, lambda tensors: {f"other.{name}": tensor for name, tensor in tensors.items()})
    with pytest.raises(CheckpointDamaged) as caught:
        session.load(copied)
    assert caught.value.path == copied.path / UNET


@pytest.mark.parametrize("name", [UNET, "text_encoder/model.safetensors", "vae/diffusion_pytorch_model.safetensors"])
def test_a_missing_tensor(session, copied, name):
    rewrite(copied.path / name, lambda tensors: dict(list(tensors.items())[1:]))
    with pytest.raises(CheckpointDamaged, match="missing"):
        session.load(copied)


@pytest.mark.parametrize("name", [UNET, "text_encoder/model.safetensors"])
def test_a_tensor_of_the_wrong_shape(session, copied, name):
    rewrite(copied.path / name, lambda tensors: {key: tensor[..., :1].clone() for key, tensor in tensors.items()})
    with pytest.raises(CheckpointDamaged):
        session.load(copied)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite(session, copied, value):
    def spoil(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        tensors["conv_in.bias"][0] = value
        return tensors

    rewrite(copied.path / UNET, spoil)
    with pytest.raises(CheckpointDamaged, match=r"conv_in\.bias is not finite"):
        session.load(copied)


def test_weights_left_on_the_meta_device(session, copied, monkeypatch):
    from_pretrained = UNet2DConditionModel.from_pretrained

    def leaving_meta(*args, **kwargs):
        model, info = from_pretrained(*args, **kwargs)
        model.conv_in.to("meta")
        return model, info

    monkeypatch.setattr(UNet2DConditionModel, "from_pretrained", leaving_meta)
    with pytest.raises(CheckpointDamaged, match=r"conv_in\.\w+ is missing"):
        session.load(copied)


# --- after a failure, and other models ---------------------------------------------------------------------------


def test_after_a_failed_load_the_session_makes_the_same_picture(session, copied, make_request, pixels_of):
    before = pixels_of(session, make_request(steps=2))
    (copied.path / UNET).unlink()
    with pytest.raises(CheckpointIncomplete):
        session.load(copied)
    after = pixels_of(session, make_request(steps=2))
    assert (before[0] == after[0]).all()


def test_the_fingerprint_is_over_the_files_of_weights(session, starter, make_request):
    digests = sorted(hashlib.sha256(path.read_bytes()).digest() for path in starter.path.rglob("*.safetensors"))
    expected = hashlib.sha256(b"".join(digests)).hexdigest()
    [image] = session.generate(make_request(steps=1), on_progress=lambda _: None, cancel=NeverCancelled())
    assert image.provenance.checkpoint_sha256 == expected


class NeverCancelled:
    is_cancelled = False

    def raise_if_cancelled(self) -> None:
        """Never."""


@pytest.fixture
def stable_diffusion(tiny_model) -> Checkpoint:
    """With the old settings of PNDM."""
    checkpoint = tiny_model()
    edit_json(checkpoint.path / "scheduler/scheduler_config.json", clip_sample=True, steps_offset=0)
    return checkpoint


def test_a_model_of_the_usual_kind_loads_in_place_of_another(fresh_session, starter, stable_diffusion, make_request):
    fresh_session.load(starter)
    request = make_request(checkpoint=stable_diffusion, steps=2, size=Size(64, 64))
    reported = []
    [image] = fresh_session.generate(request, on_progress=reported.append, cancel=NeverCancelled())
    assert image.pixels.shape == (64, 64, 3)
    assert image.pixels.std() > 0
    assert reported[0] == LoadProgress("Tiny")
    fresh_session.load(starter)
    assert (
        image.provenance.checkpoint_sha256
        != next(
            fresh_session.generate(make_request(steps=1), on_progress=reported.append, cancel=NeverCancelled())
        ).provenance.checkpoint_sha256
    )


def test_a_model_for_inpainting_takes_more_channels_but_not_any_number(session, tiny_model):
    session.load(tiny_model(unet_channels=9))
    with pytest.raises(NotACheckpoint, match="8 channels, the VAE has 4"):
        session.load(tiny_model(unet_channels=8))


def test_parts_of_different_models_are_told_apart(session, copied, stable_diffusion):
    for name in ("config.json", "model.safetensors"):
        target = copied.path / "text_encoder" / name
        target.unlink()
        target.symlink_to(stable_diffusion.path / "text_encoder" / name)
    with pytest.raises(CheckpointDamaged, match="width 256, not 32"):
        session.load(copied)

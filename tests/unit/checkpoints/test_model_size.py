"""The sizes of a model's networks, from headers alone."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from studio.checkpoints.model_size import read_model_size
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, Companion, ModelFamily, RecommendedSampling
from studio.core.geometry import Size
from studio.core.memory import ModelSize, PartSize
from studio.core.scheduler import SchedulerName

BYTES = {"F16": 2, "F32": 4}


def size_of(path: Path, item_bytes: int, *companions: Companion, vae: Addon | None = None) -> ModelSize:
    best = RecommendedSampling(Size(512, 512), 20, 5.0, SchedulerName.EULER)
    checkpoint = Checkpoint("Measured", path, ModelFamily.FLUX, best, companions=companions)
    return read_model_size(checkpoint, item_bytes, vae)


def write_header(file: Path, shapes: dict[str, tuple[int, ...]], dtype: str = "F16") -> None:
    """A whole safetensors file, its data sparse."""
    entries, end = {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + math.prod(shape) * BYTES[dtype]
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    header = json.dumps(entries).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        out.write(len(header).to_bytes(8, "little") + header)
        out.truncate(8 + len(header) + end)


UNET = {
    "conv_in.weight": (320, 4, 3, 3),
    "down_blocks.0.attn.weight": (320, 320),
    "up_blocks.0.resnets.0.conv1.weight": (1280, 2560, 3, 3),
    "up_blocks.0.resnets.1.conv1.weight": (1280, 2560, 3, 3),
    "conv_out.weight": (4, 320, 3, 3),
}
VAE = {"encoder.conv_in.weight": (128, 3, 3, 3), "decoder.conv_out.weight": (3, 128, 3, 3)}
TEXT = {"text_model.embeddings.weight": (1000, 768), "text_model.encoder.layers.0.fc1.weight": (3072, 768)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_header(tmp_path / "unet/diffusion_pytorch_model.safetensors", UNET)
    write_header(tmp_path / "vae/diffusion_pytorch_model.safetensors", VAE)
    write_header(tmp_path / "text_encoder/model.safetensors", TEXT)
    write_header(tmp_path / "safety_checker/model.safetensors", TEXT)
    return tmp_path


@pytest.mark.parametrize(
    ("config", "upcasts"),
    [(None, True), ("{}", True), ('{"force_upcast": true}', True), ('{"force_upcast": false}', False), ("[", True)],
)
def test_a_vae_that_needs_float32_is_told_as_diffusers_tells_it(folder: Path, config, upcasts) -> None:
    if config is not None:
        (folder / "vae/config.json").write_text(config)
    assert size_of(folder, 2).vae_upcasts is upcasts


def test_tiny_and_video_autoencoders_stay_in_half_precision(folder: Path) -> None:
    for vae in ({"decoder.layers.0.weight": (64, 4, 3, 3)}, {"decoder.conv_out.weight": (3, 96, 3, 3, 3)}):
        write_header(folder / "vae/diffusion_pytorch_model.safetensors", vae)
        assert not size_of(folder, 2).vae_upcasts


def test_a_folder_is_measured_in_the_number_type_that_it_is_loaded_in(folder: Path) -> None:
    size = size_of(folder, 4)
    block = 2 * 1280 * 2560 * 9 * 4
    outside = (320 * 4 * 9 + 4 * 320 * 9) * 4
    weights = block + outside + 320 * 320 * 4
    assert size.denoiser == PartSize(weights, block, outside, 1280 * 2560 * 9 * 4, 320, converted_bytes=weights // 2)
    assert (size.vae.width, size.vae.weights) == (128, 2 * 3 * 128 * 9 * 4)
    assert [encoder.weights for encoder in size.text_encoders] == [(1000 + 3072) * 768 * 4]
    assert size.weights == sum(part.weights for part in size.parts)


def test_a_file_of_the_same_number_type_is_not_converted(folder: Path) -> None:
    assert size_of(folder, 2).denoiser.converted_bytes == 0


def test_a_chosen_vae_is_measured_besides(folder: Path, tmp_path: Path) -> None:
    own = size_of(folder, 4)
    wide = {"encoder.conv_in.weight": (256, 3, 3, 3), "decoder.conv_out.weight": (3, 256, 3, 3)}
    write_header(tmp_path / "file.safetensors", wide)
    write_header(tmp_path / "folder/diffusion_pytorch_model.safetensors", wide)
    write_header(tmp_path / "folder/diffusion_pytorch_model.fp16.safetensors", wide)
    for path in (tmp_path / "file.safetensors", tmp_path / "folder"):
        size = size_of(folder, 4, vae=Addon("wide", path, AddonKind.VAE, None))
        assert replace(size, chosen_vae=None) == own
        assert size.chosen_vae is not None
        assert (size.chosen_vae.width, size.chosen_vae.weights) == (256, 2 * 3 * 256 * 9 * 4)


def test_of_two_variants_one_counts(folder: Path) -> None:
    before = size_of(folder, 4)
    write_header(folder / "unet/diffusion_pytorch_model.fp16.safetensors", UNET)
    assert size_of(folder, 4) == before


def test_shards_add_up(tmp_path: Path) -> None:
    names = list(UNET)
    for index, part in enumerate((names[:2], names[2:]), start=1):
        file = tmp_path / f"transformer/diffusion_pytorch_model-0000{index}-of-00002.safetensors"
        write_header(file, {name: UNET[name] for name in part})
    whole = tmp_path / "whole"
    write_header(whole / "unet/diffusion_pytorch_model.safetensors", UNET)
    assert size_of(tmp_path, 2).denoiser == size_of(whole, 2).denoiser


def test_a_single_file_in_the_layout_of_stable_diffusion(tmp_path: Path) -> None:
    prefixed = {
        "model.diffusion_model.input_blocks.0.0.weight": (320, 4, 3, 3),
        "model.diffusion_model.output_blocks.3.0.in_layers.2.weight": (1280, 2560, 3, 3),
        "model.diffusion_model.output_blocks.5.0.in_layers.2.weight": (1280, 2560, 3, 3),
        **{f"first_stage_model.{name}": shape for name, shape in VAE.items()},
        **{f"cond_stage_model.transformer.{name}": shape for name, shape in TEXT.items()},
    }
    write_header(tmp_path / "model.safetensors", prefixed)
    size = size_of(tmp_path / "model.safetensors", 2)
    assert size.denoiser.width == 320
    assert size.denoiser.largest_block == 2 * 1280 * 2560 * 9 * 2, "three blocks of the file are one of diffusers"
    assert size.vae.width == 128
    assert len(size.text_encoders) == 1


def test_a_bare_transformer_is_a_denoiser_as_wide_as_its_tokens(tmp_path: Path) -> None:
    blocks = {
        f"double_blocks.{index}.{name}.weight": shape
        for index in range(2)
        for name, shape in (("qkv", (9216, 3072)), ("mlp.0", (12288, 3072)), ("mlp.2", (3072, 12288)))
    }
    write_header(tmp_path / "flux.safetensors", blocks)
    size = size_of(tmp_path / "flux.safetensors", 2)
    assert size.denoiser.width == 3072
    assert size.denoiser.largest_block == size.denoiser.weights // 2
    assert size.text_encoders == ()


def test_parts_in_files_of_their_own_are_counted_with_the_model(tmp_path: Path) -> None:
    file, encoder, vae = (tmp_path / f"{name}.safetensors" for name in ("flux", "t5", "ae"))
    write_header(
        file, {"double_blocks.0.qkv.weight": (9216, 3072), **{f"text_encoders.clip_l.{n}": s for n, s in TEXT.items()}}
    )
    write_header(encoder, TEXT)
    write_header(vae, VAE)
    size = size_of(file, 2, Companion("text_encoder_2", encoder), Companion("vae", vae))
    assert [part.weights for part in size.text_encoders] == [(1000 + 3072) * 768 * 2] * 2
    assert (size.vae.width, size.vae.weights) == (128, 2 * 3 * 128 * 9 * 2)
    assert size.denoiser == size_of(file, 2).denoiser


def test_what_cannot_be_read_counts_nothing(folder: Path) -> None:
    (folder / "unet/diffusion_pytorch_model.safetensors").write_bytes(b"nonsense")
    size = size_of(folder, 2)
    assert size.denoiser == PartSize()
    assert size.vae.weights > 0
    assert size_of(folder / "nowhere.safetensors", 2) == ModelSize((), PartSize(), PartSize(), 2)

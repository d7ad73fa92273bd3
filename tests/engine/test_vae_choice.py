"""Another VAE decodes the picture; the rest of the model stays where it is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny
from safetensors.torch import load_file, save_file

from studio.core.addon import Addon, AddonKind, Addons
from studio.core.errors import AddonUnusable
from studio.core.progress import PlanChosen, Progress
from studio.core.session import CancelToken

WEIGHTS = "diffusion_pytorch_model.safetensors"


def with_vae(request, path: Path):
    return replace(request, addons=Addons(vae=Addon(path.stem, path, AddonKind.VAE, None)))


@pytest.fixture
def dark_vae(starter, tmp_path) -> Path:
    """The folder of a VAE like the bundled one that makes everything darker."""
    folder = tmp_path / "dark"
    shutil.copytree(starter.path / "vae", folder)
    tensors = load_file(folder / WEIGHTS)
    *_, last = sorted(
        (name for name in tensors if name.startswith("decoder.layers.") and name.endswith(".bias")),
        key=lambda name: int(name.split(".")[2]),
    )
    tensors[last] = tensors[last] - 0.3
    save_file(tensors, folder / WEIGHTS)
    return folder


def test_a_folder_changes_the_picture_and_leaves_nothing_behind(session, make_small, pixels_of, dark_vae):
    [plain] = pixels_of(session, make_small())
    unet = session._model.loaded.pipeline.unet
    [dark] = pixels_of(session, with_vae(make_small(), dark_vae))
    assert dark.mean() < plain.mean() - 10
    assert np.array_equal(plain, pixels_of(session, make_small())[0])
    assert session._model.loaded.pipeline.unet is unet


def test_the_plan_knows_its_size(session, make_small, dark_vae):
    def peak(request) -> int:
        told: list[Progress] = []
        list(session.generate(request, on_progress=told.append, cancel=CancelToken()))
        return next(progress.plan.peak_bytes for progress in told if isinstance(progress, PlanChosen))

    own = peak(make_small(steps=1))
    assert peak(with_vae(make_small(steps=1), dark_vae)) > own + (dark_vae / WEIGHTS).stat().st_size / 2


def test_a_single_file_means_the_same_as_its_folder(session, make_small, pixels_of, dark_vae, tmp_path):
    file = tmp_path / "dark.safetensors"
    shutil.copyfile(dark_vae / WEIGHTS, file)
    assert np.array_equal(
        pixels_of(session, with_vae(make_small(), dark_vae)), pixels_of(session, with_vae(make_small(), file))
    )


def test_a_picture_tells_its_vae(session, make_small, dark_vae):
    images = session.generate(with_vae(make_small(steps=1), dark_vae), on_progress=lambda _: None, cancel=CancelToken())
    [used] = next(images).parameters.used(AddonKind.VAE)
    assert used.name == "dark"
    assert len(used.sha256) == 64


def small_kl(**how: object) -> AutoencoderKL:
    torch.manual_seed(5)
    return AutoencoderKL(
        block_out_channels=(32, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        **how,
    )


def to_ldm(tensors: dict[str, torch.Tensor], blocks: int = 4) -> dict[str, torch.Tensor]:
    """The names of Stable Diffusion's own code, as single files have them."""
    renamed: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        new = name.replace("mid_block.resnets.0", "mid.block_1").replace("mid_block.resnets.1", "mid.block_2")
        new = new.replace("mid_block.attentions.0", "mid.attn_1").replace("conv_norm_out", "norm_out")
        new = new.replace(".downsamplers.0.", ".downsample.").replace(".upsamplers.0.", ".upsample.")
        for number in range(blocks):
            new = new.replace(f"down_blocks.{number}.resnets", f"down.{number}.block")
            new = new.replace(f"down_blocks.{number}.", f"down.{number}.")
            new = new.replace(f"up_blocks.{number}.resnets", f"up.{blocks - 1 - number}.block")
            new = new.replace(f"up_blocks.{number}.", f"up.{blocks - 1 - number}.")
        new = new.replace("conv_shortcut", "nin_shortcut")
        if ".attn_1." in new:
            for theirs, ours in (
                ("group_norm", "norm"),
                ("to_q", "q"),
                ("to_k", "k"),
                ("to_v", "v"),
                ("to_out.0", "proj_out"),
            ):
                new = new.replace(f".{theirs}.", f".{ours}.")
        is_matrix = ".attn_1." in new and tensor.ndim == 2
        renamed[new] = (tensor[:, :, None, None] if is_matrix else tensor).contiguous()
    return renamed


@pytest.mark.parametrize("names", ["diffusers", "ldm", "within a model"])
def test_files_with_the_names_of_both_programs_are_read(session, make_small, pixels_of, tiny_model, tmp_path, names):
    """A KL VAE for a model with one, compared with its folder."""
    model = tiny_model()
    vae = small_kl()
    vae.save_pretrained(tmp_path / "vae folder")
    tensors = {name: tensor.detach().clone() for name, tensor in vae.state_dict().items()}
    if names != "diffusers":
        tensors = to_ldm(tensors)
    if names == "within a model":
        tensors = {f"first_stage_model.{name}": tensor for name, tensor in tensors.items()}
    file = tmp_path / "vae.safetensors"
    save_file(tensors, file)
    request = make_small(checkpoint=model, steps=1)
    from_folder = pixels_of(session, with_vae(request, tmp_path / "vae folder"))
    assert np.array_equal(from_folder, pixels_of(session, with_vae(request, file)))
    assert not np.array_equal(from_folder, pixels_of(session, request))


def refusal(session, pixels_of, request) -> str:
    with pytest.raises(AddonUnusable) as refused:
        pixels_of(session, request)
    return refused.value.reason


def test_one_that_does_not_fit_is_refused(session, make_small, pixels_of, tmp_path):
    plain = pixels_of(session, make_small(steps=2))
    AutoencoderTiny(latent_channels=16).save_pretrained(tmp_path / "wide")
    assert "16 channels" in refusal(session, pixels_of, with_vae(make_small(steps=2), tmp_path / "wide"))
    few = AutoencoderTiny(encoder_block_out_channels=(64, 64), decoder_block_out_channels=(64, 64),
                          num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1))  # fmt: skip
    few.save_pretrained(tmp_path / "few")
    assert "2 pixels" in refusal(session, pixels_of, with_vae(make_small(steps=2), tmp_path / "few"))
    assert np.array_equal(plain, pixels_of(session, make_small(steps=2)))


def test_one_that_is_not_whole_is_refused(session, make_small, pixels_of, dark_vae, tmp_path):
    tensors = load_file(dark_vae / WEIGHTS)
    del tensors["decoder.layers.0.weight"]
    save_file(tensors, dark_vae / WEIGHTS)
    assert "missing" in refusal(session, pixels_of, with_vae(make_small(steps=1), dark_vae))
    save_file({"some.weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    assert "no VAE" in refusal(session, pixels_of, with_vae(make_small(steps=1), tmp_path / "other.safetensors"))

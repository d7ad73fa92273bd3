"""LoRAs and finer settings on every family, with tiny models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny
from safetensors.torch import load_file, save_file

from studio.checkpoints.inspect import inspect_checkpoint
from studio.checkpoints.model_size import read_model_size
from studio.core.addon import Addon, AddonKind, Addons, LoraUse
from studio.core.checkpoint import Prediction
from studio.core.errors import AddonUnusable
from studio.core.geometry import Size
from studio.core.memory import Placement
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.resources import resource_path
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.session import CancelToken
from studio.core.sources import MemorySources
from studio.engine.session import DiffusersSession
from tests.engine.tiny_library import TinyLibrary

FLOW = ["sd3", "flux", "flux2", "z-image", "qwen-image"]
FROM_NOISE = ["sd1", "sd2", "sdxl", *FLOW]


@pytest.fixture
def session(tiny_library: TinyLibrary, request: pytest.FixtureRequest) -> Iterator[DiffusersSession]:
    """For the kind of model that the test is about."""
    kind = request.getfixturevalue("kind")
    session = DiffusersSession(
        resource_path("latent_rgb.json"), MemorySources(), tiny_library.configs(kind), read_model_size
    )
    yield session
    session.close()


def a_request(tiny_library: TinyLibrary, kind: str, **sampling: object) -> GenerationRequest:
    usual = Sampling(scheduler=SchedulerName.EULER, num_inference_steps=3, guidance_scale=4.0, seed=7)
    return GenerationRequest(
        prompt=Prompt("a red apple", "blue"),
        sampling=replace(usual, **sampling),
        size=Size(64, 64),
        checkpoint=tiny_library.folder(kind),
    )


def picture(session: DiffusersSession, request: GenerationRequest) -> np.ndarray:
    [image] = session.generate(request, on_progress=lambda _: None, cancel=CancelToken())
    return image.pixels


def a_lora(session: DiffusersSession, request: GenerationRequest, path: Path) -> Addon:
    """For all that attends in the model's denoiser, named as diffusers names it."""
    session.load(request.checkpoint)
    pipeline = session._model.loaded.pipeline
    part = "unet" if hasattr(pipeline, "unet") else "transformer"
    torch.manual_seed(3)
    tensors: dict[str, torch.Tensor] = {}
    for name, module in getattr(pipeline, part).named_modules():
        if isinstance(module, torch.nn.Linear) and name.endswith(("to_q", "to_k", "to_v", "to_qkv_mlp_proj")):
            tensors[f"{part}.{name}.lora_A.weight"] = torch.randn(2, module.in_features) * 0.5
            tensors[f"{part}.{name}.lora_B.weight"] = torch.randn(module.out_features, 2) * 0.5
    assert tensors
    save_file(tensors, path)
    return Addon("ink", path, AddonKind.LORA, None)


@pytest.mark.parametrize("kind", FROM_NOISE)
def test_a_lora_changes_the_picture_and_leaves_nothing_behind(session, tiny_library, kind, tmp_path):
    request = a_request(tiny_library, kind)
    plain = picture(session, request)
    lora = a_lora(session, request, tmp_path / "ink.safetensors")
    changed = picture(session, replace(request, addons=Addons((LoraUse(lora, 1.0, 1.0),))))
    assert not np.array_equal(plain, changed)
    assert np.array_equal(plain, picture(session, request))


@pytest.mark.parametrize("kind", ["sd1", "sdxl", "flux"])
def test_a_lora_can_be_put_on_a_model_whose_parts_are_on_the_disk(session, tiny_library, kind, tmp_path):
    request = a_request(tiny_library, kind)
    with_lora = replace(request, addons=Addons((LoraUse(a_lora(session, request, tmp_path / "ink"), 1.0, 1.0),)))
    expected = picture(session, with_lora)
    session.free_memory()
    session.prefer_placement(Placement.COMPONENT_SWAP)
    plain = picture(session, request)
    assert np.array_equal(expected, picture(session, with_lora))
    assert np.array_equal(plain, picture(session, request))


@pytest.mark.parametrize("kind", FLOW)
def test_flow_models_take_all_schedules(session, tiny_library, kind):
    made = [picture(session, a_request(tiny_library, kind, schedule=schedule)) for schedule in ScheduleType]
    assert len({pixels.tobytes() for pixels in made}) >= 4, "the trained spacing is the even one for some"


@pytest.mark.parametrize("kind", FROM_NOISE)
def test_rescale_and_clip_skip_are_possible_on_every_family(session, tiny_library, kind):
    request = a_request(tiny_library, kind, guidance_scale=9.0)
    rescaled = picture(session, replace(request, sampling=replace(request.sampling, guidance_rescale=0.9)))
    skipped = picture(session, replace(request, sampling=replace(request.sampling, clip_skip=1)))
    plain = picture(session, request)
    assert np.array_equal(rescaled, plain) == (kind in {"flux", "flux2", "z-image", "qwen-image"})
    if kind in {"sd1", "sd2", "sdxl"}:
        assert not np.array_equal(skipped, plain)


@pytest.mark.parametrize("kind", ["sd1"])
def test_empty_tensors_in_a_single_file_tell_how_it_was_trained(session, tiny_library, kind, tmp_path, unet_calls):
    checkpoint = tiny_library.file(kind)
    file = tmp_path / "marked.safetensors"
    save_file({**load_file(checkpoint.path), "v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}, file)
    marked = inspect_checkpoint(file)
    assert marked.prediction is Prediction.V
    request = replace(a_request(tiny_library, kind), checkpoint=marked)
    picture(session, request)
    assert unet_calls[0].timestep == 999
    config = session._model.loaded.model.make_scheduler(request.sampling, corrects=True).config
    assert config["rescale_betas_zero_snr"] is True
    assert config["prediction_type"] == "v_prediction"


@pytest.mark.parametrize("kind", ["sd1"])
def test_a_tiny_vae_in_a_file_works_on_scaled_latents(session, tiny_library, kind, tmp_path):
    torch.manual_seed(1)
    tiny = AutoencoderTiny(latent_channels=4)
    tiny.save_pretrained(tmp_path / "tiny")
    save_file(tiny.state_dict(), tmp_path / "tiny.safetensors")
    request = a_request(tiny_library, kind)
    from_folder, from_file = (
        picture(session, replace(request, addons=Addons(vae=Addon("tiny", path, AddonKind.VAE, None))))
        for path in (tmp_path / "tiny", tmp_path / "tiny.safetensors")
    )
    assert np.array_equal(from_folder, from_file)


@pytest.mark.parametrize("kind", ["flux2", "qwen-image"])
def test_families_with_a_vae_of_their_own_kind_take_no_other(session, tiny_library, kind, tmp_path):
    AutoencoderTiny(latent_channels=16).save_pretrained(tmp_path / "tiny")
    vae = Addon("tiny", tmp_path / "tiny", AddonKind.VAE, None)
    with pytest.raises(AddonUnusable) as refused:
        picture(session, replace(a_request(tiny_library, kind), addons=Addons(vae=vae)))
    assert "own kind" in refused.value.reason or "channels" in refused.value.reason

"""A loaded session with the bundled model, requests for it, and model folders to damage."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from studio.checkpoints.model_size import read_model_size
from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.geometry import Size
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.resources import resource_path
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.sources import MemorySources
from studio.core.task import Task, TextToImage
from studio.engine.device import ComputeDevice
from studio.engine.session import DiffusersSession
from tests.engine.tiny_library import TinyLibrary

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

QUICK_SIZE = Size(128, 128)
"""A quarter of the work of the size that the model is best at."""
FLOAT32 = ComputeDevice(torch.device("cpu"), torch.float32)

RequestMaker = Callable[..., GenerationRequest]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """diffusers calls `np.array(tensor)`; torch 2.13 answers with a protocol that numpy 2 calls old."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"))


@pytest.fixture(scope="module", autouse=True)
def old_things_left_alone() -> None:
    """The engine collects garbage after each picture: it need not look each time through what earlier files imported
    and left, as it need not in the program (`tests/conftest.py`)."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def starter() -> Checkpoint:
    recommended = RecommendedSampling(Size(128, 128), 20, 5.0, SchedulerName.DPMPP_2M)
    return Checkpoint("Starter", resource_path("starter"), ModelFamily.STABLE_DIFFUSION, recommended)


@pytest.fixture(scope="session")
def sources() -> MemorySources:
    """What the sessions' requests may start from."""
    return MemorySources()


@pytest.fixture(scope="session")
def session(starter: Checkpoint, sources: MemorySources) -> Iterator[DiffusersSession]:
    """One session for many tests: each must leave it usable, as a job leaves it to the next."""
    session = new_session(sources)
    session.load(starter)
    yield session
    session.close()


@pytest.fixture
def in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that are begun in the test compute as `exact_session` does."""
    monkeypatch.setattr("studio.engine.session.probe_device", lambda: FLOAT32)


@pytest.fixture(scope="session")
def exact_session(sources: MemorySources) -> Iterator[DiffusersSession]:
    """Computes in float32 on every machine, for comparing with what was computed another way: bfloat16 would round each
    in its own way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studio.engine.session.probe_device", lambda: FLOAT32)
        session = new_session(sources)
    yield session
    session.close()


@pytest.fixture
def fresh_session(sources: MemorySources) -> Iterator[DiffusersSession]:
    session = new_session(sources)
    yield session
    session.close()


def new_session(sources: MemorySources) -> DiffusersSession:
    return DiffusersSession(resource_path("latent_rgb.json"), sources, resource_path("configs"), read_model_size)


@pytest.fixture(scope="session")
def make_request(starter: Checkpoint) -> RequestMaker:
    """`make_request("a red apple", steps=6, seed=3)`: a request with what the test does not care about filled in."""

    def make(
        text: str = "a red apple",
        *,
        negative: str = "",
        scheduler: SchedulerName = SchedulerName.DPMPP_2M,
        steps: int = 6,
        guidance: float = 5.0,
        seed: int = 3,
        batch_size: int = 1,
        checkpoint: Checkpoint = starter,
        size: Size = QUICK_SIZE,
        task: Task | None = None,
    ) -> GenerationRequest:
        return GenerationRequest(
            prompt=Prompt(text, negative),
            sampling=Sampling(scheduler=scheduler, num_inference_steps=steps, guidance_scale=guidance, seed=seed),
            size=size,
            checkpoint=checkpoint,
            task=task or TextToImage(),
            batch_size=batch_size,
        )

    return make


@pytest.fixture(scope="session")
def make_small(make_request: RequestMaker) -> RequestMaker:
    """As `make_request`, in a third of the time: where pixels are compared and not looked at."""
    return partial(make_request, steps=4, size=Size(64, 64))


@pytest.fixture(scope="session")
def pixels_of() -> Callable[[DiffusersSession, GenerationRequest], list[Pixels]]:
    def make(session: DiffusersSession, request: GenerationRequest) -> list[Pixels]:
        images = session.generate(request, on_progress=lambda _: None, cancel=CancelToken())
        return [image.pixels for image in images]

    return make


@pytest.fixture
def copied(starter: Checkpoint, tmp_path: Path) -> Checkpoint:
    """A copy of the bundled model whose files can be replaced: its weights are links."""
    folder = tmp_path / "copied model"
    shutil.copytree(starter.path, folder, copy_function=_link_weights)
    return replace(starter, name="Copied", path=folder)


def _link_weights(source: str, target: str) -> None:
    if source.endswith(".safetensors"):
        Path(target).symlink_to(source)
    else:
        shutil.copyfile(source, target)


@pytest.fixture(scope="session")
def correlation() -> Callable[[Pixels, Pixels], float]:
    return lambda left, right: float(np.corrcoef(left.ravel(), right.ravel())[0, 1])


@pytest.fixture
def tiny_model(starter: Checkpoint, tmp_path: Path) -> Callable[..., Checkpoint]:
    """`tiny_model(unet_channels=9)`: Stable Diffusion 1.5 in small, with an AutoencoderKL and random weights."""

    def make(*, unet_channels: int = 4) -> Checkpoint:
        torch.manual_seed(0)
        pipeline = StableDiffusionPipeline(
            vae=AutoencoderKL(
                block_out_channels=(8, 8, 8, 8),
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                latent_channels=4,
                norm_num_groups=4,
            ),
            unet=UNet2DConditionModel(
                sample_size=8,
                in_channels=unet_channels,
                block_out_channels=(8, 16),
                layers_per_block=1,
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
                cross_attention_dim=32,
                attention_head_dim=4,
                norm_num_groups=4,
            ),
            text_encoder=CLIPTextModel(
                CLIPTextConfig(
                    hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, vocab_size=4047
                )
            ),
            tokenizer=CLIPTokenizer.from_pretrained(starter.path / "tokenizer"),
            scheduler=PNDMScheduler(beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.set_progress_bar_config(disable=True)
        folder = tmp_path / f"tiny {unet_channels}"
        pipeline.save_pretrained(folder)
        return replace(starter, name="Tiny", path=folder)

    return make


class UnetCall(NamedTuple):
    """What the UNet was shown: latents (batch, channels, height, width) and the timestep."""

    sample: torch.Tensor
    timestep: float


@pytest.fixture
def unet_calls(monkeypatch: pytest.MonkeyPatch) -> list[UnetCall]:
    """Grows with each run of the UNet."""
    calls: list[UnetCall] = []
    forward = UNet2DConditionModel.forward

    def recorded(unet, sample, timestep, *args, **kwargs):
        calls.append(UnetCall(sample.clone(), float(timestep)))
        return forward(unet, sample, timestep, *args, **kwargs)

    monkeypatch.setattr(UNet2DConditionModel, "forward", recorded)
    return calls


@pytest.fixture(scope="session")
def apple(session: DiffusersSession, make_request: RequestMaker, pixels_of) -> Pixels:
    """A red apple on white, 128 x 128, as the bundled model paints it."""
    return pixels_of(session, make_request("a red apple", steps=10))[0]


@pytest.fixture(scope="session")
def tiny_library(tmp_path_factory: pytest.TempPathFactory) -> TinyLibrary:
    """Tiny models of every family."""
    return TinyLibrary(tmp_path_factory.mktemp("tiny models"))

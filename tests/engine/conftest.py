"""A loaded session with the bundled model, requests for it, and model folders to damage."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.geometry import Size
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.resources import resource_path
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.engine.session import DiffusersSession

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

RequestMaker = Callable[..., GenerationRequest]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """diffusers calls `np.array(tensor)`; torch 2.13 answers with a protocol that numpy 2 calls old."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"))


@pytest.fixture(scope="session")
def starter() -> Checkpoint:
    recommended = RecommendedSampling(Size(128, 128), 20, 5.0, SchedulerName.DPMPP_2M)
    return Checkpoint("Starter", resource_path("starter"), ModelFamily.STABLE_DIFFUSION, recommended)


@pytest.fixture(scope="session")
def session(starter: Checkpoint) -> Iterator[DiffusersSession]:
    """One session for many tests: each must leave it usable, as a job leaves it to the next."""
    session = new_session()
    session.load(starter)
    yield session
    session.close()


@pytest.fixture
def fresh_session() -> Iterator[DiffusersSession]:
    session = new_session()
    yield session
    session.close()


def new_session() -> DiffusersSession:
    return DiffusersSession(resource_path("latent_rgb.json"))


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
        size: Size = starter.recommended.size,
    ) -> GenerationRequest:
        return GenerationRequest(
            prompt=Prompt(text, negative),
            sampling=Sampling(scheduler=scheduler, num_inference_steps=steps, guidance_scale=guidance, seed=seed),
            size=size,
            checkpoint=checkpoint,
            batch_size=batch_size,
        )

    return make


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

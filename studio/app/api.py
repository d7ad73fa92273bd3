"""Pictures from Python: `from studio import generate_image`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app.engine_factory import create_session
from studio.checkpoints.store import CheckpointStore
from studio.core.geometry import Size
from studio.core.progress import Progress
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.resources import catalogue_path, resource_path
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken, GenerationSession
from studio.settings.paths import UserPaths

if TYPE_CHECKING:
    from PIL.Image import Image


def generate_image(
    prompt: str,
    *,
    negative: str = "",
    steps: int | None = None,
    cfg: float | None = None,
    seed: int | None = None,
    size: tuple[int, int] | None = None,
    sampler: str | None = None,
    model: str | None = None,
    home: Path | None = None,
    session: GenerationSession | None = None,
) -> Image:
    """Make one picture and return it as a Pillow image (RGB). Nothing is written to disk.

    What is left out is as the model likes it best; without a seed every call gives another picture.

    Args:
        steps: 1 to 150.
        cfg: the CFG scale, 0 to 30.
        seed: 0 to 2**64 - 1.
        size: (width, height) in pixels, multiples of 8 from 64 to 4096.
        sampler: a name such as "euler" or "DPM++ 2M Karras".
        model: name of an installed model or path of a diffusers folder; the bundled one if left out.
        home: the folder with the models and settings, if it is not the usual one.
        session: from `open_session`, to make several pictures without loading the model each time.

    Raises:
        studio.core.errors.StudioError: see its leaves.
    """
    request = build_request(
        prompt,
        negative=negative,
        steps=steps,
        cfg=cfg,
        seed=seed,
        size=Size(*size) if size else None,
        sampler=sampler,
        model=model,
        checkpoints=checkpoint_store(user_paths(home)),
    )
    if session is not None:
        return _single_image(session, request)
    own_session = open_session()
    try:
        return _single_image(own_session, request)
    finally:
        own_session.close()


def open_session() -> GenerationSession:
    """A session for several calls of `generate_image`. Close it when done; use it from one thread."""
    return create_session()


def build_request(
    prompt: str,
    *,
    negative: str,
    steps: int | None,
    cfg: float | None,
    seed: int | None,
    size: Size | None,
    sampler: str | None,
    model: str | None,
    checkpoints: CheckpointStore,
    batch_size: int = 1,
) -> GenerationRequest:
    """A request in which None means: as the model likes it best, and a new seed. Raises StudioError."""
    checkpoint = checkpoints.find(model) if model else checkpoints.default()
    best = checkpoint.recommended
    return GenerationRequest(
        prompt=Prompt(prompt, negative),
        sampling=Sampling(
            scheduler=SchedulerName.parse(sampler) if sampler else best.scheduler,
            num_inference_steps=best.num_inference_steps if steps is None else steps,
            guidance_scale=best.guidance_scale if cfg is None else cfg,
            seed=secrets.randbelow(2**32) if seed is None else seed,
        ),
        size=size or best.size,
        checkpoint=checkpoint,
        batch_size=batch_size,
    )


def user_paths(home: Path | None) -> UserPaths:
    return UserPaths.below(home) if home else UserPaths.default()


def checkpoint_store(paths: UserPaths) -> CheckpointStore:
    return CheckpointStore(resource_path(), paths.checkpoints, catalogue_path())


def _single_image(session: GenerationSession, request: GenerationRequest) -> Image:
    from PIL import Image

    [image] = session.generate(request, on_progress=_ignore, cancel=CancelToken())
    return Image.fromarray(image.pixels)


def _ignore(_progress: Progress) -> None:
    """Nobody is told: a call from Python just returns."""

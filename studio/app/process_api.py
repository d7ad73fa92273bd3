"""The process from Python, in the numbers that the window and the command line show."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app.api import Session, build_requests, user_paths
from studio.app.engine_factory import create_session
from studio.app.fine_settings import FineSettings
from studio.app.model_stores import addon_finder, checkpoint_store
from studio.app.start_picture import pixels_of
from studio.core.checkpoint import Checkpoint
from studio.core.errors import InvalidSeed, InvalidTimestep
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.noise_error import NoiseError
from studio.core.progress import Progress
from studio.core.request import Prompt, Sampling
from studio.core.round_trip import RoundTrip
from studio.core.session import CancelToken, GenerationSession
from studio.core.sources import MemorySources
from studio.core.step_inside import StepInside
from studio.core.task import TextToImage

if TYPE_CHECKING:
    from PIL.Image import Image

    from studio.core.pixels import Pixels


def look_inside(
    prompt: str,
    step: int,
    *,
    negative: str = "",
    steps: int | None = None,
    cfg: float | None = None,
    seed: int | None = None,
    size: tuple[int, int] | None = None,
    sampler: str | None = None,
    model: str | None = None,
    home: Path | None = None,
    session: Session | None = None,
) -> StepInside:
    """What guidance does in step `step` (from 1) of a picture from noise, and where each word acts.

    The arguments are those of `generate_image`.

    Raises:
        studio.core.errors.StudioError: InvalidSteps for a step that the picture does not have, and others.
    """
    paths = user_paths(home)
    [request] = build_requests(
        prompt,
        negative=negative,
        steps=steps,
        cfg=cfg,
        seed=seed,
        size=Size(*size) if size else None,
        sampler=sampler,
        model=model,
        checkpoints=checkpoint_store(paths),
        task=TextToImage(),
        fine=FineSettings(),
        addons=addon_finder(paths),
        wildcards=paths.wildcards,
    )
    seen: list[StepInside] = []
    with _engine(session) as engine:
        engine.look_inside(request, {step}, on_seen=seen.append, on_progress=_ignore, cancel=CancelToken())
    return seen[0]


def noise_errors(
    image: Image | Path | str,
    *,
    prompt: str = "",
    count: int = 20,
    seed: int = 0,
    model: str | None = None,
    home: Path | None = None,
    session: Session | None = None,
) -> tuple[NoiseError, ...]:
    """How wrong a model is about the noise that is put on a picture, at `count` (1 to 149) timesteps.

    Raises:
        studio.core.errors.StudioError: see its leaves.
    """
    checkpoint, pixels = _checkpoint(model, home), _pixels(image)
    with _engine(session) as engine:
        return engine.noise_errors(
            checkpoint,
            _whole_cells(pixels, checkpoint),
            prompt=Prompt(prompt),
            count=count,
            seed=seed,
            cancel=CancelToken(),
        )


def round_trip(
    image: Image | Path | str, *, model: str | None = None, home: Path | None = None, session: Session | None = None
) -> RoundTrip:
    """The latents of a picture, and what the model's VAE makes of them again, as `studio latent` writes them.

    What does not fill a cell at the right and the bottom is left out.

    Raises:
        studio.core.errors.StudioError: see its leaves.
    """
    checkpoint, pixels = _checkpoint(model, home), _pixels(image)
    with _engine(session) as engine:
        return engine.round_trip(checkpoint, _whole_cells(pixels, checkpoint))


def noisy_image(
    image: Image | Path | str,
    t: int,
    *,
    seed: int = 0,
    model: str | None = None,
    home: Path | None = None,
    session: Session | None = None,
) -> Image:
    """A picture (Pillow, RGB) with the noise that the model saw in training at timestep `t`, as `studio noise` adds it.

    Raises:
        studio.core.errors.StudioError: InvalidTimestep for one that the model does not have, and others.
    """
    from PIL import Image as PillowImage

    from studio.imaging.forward_noise import noised_picture

    if not 0 <= seed <= Sampling.HIGHEST_SEED:
        raise InvalidSeed(seed, Sampling.HIGHEST_SEED)
    checkpoint, pixels = _checkpoint(model, home), _pixels(image)
    with _engine(session) as engine:
        levels = engine.noise_levels(checkpoint)
    if not 0 <= t < len(levels):
        raise InvalidTimestep(t, 0, len(levels) - 1)
    return PillowImage.fromarray(noised_picture(pixels, levels[t], seed))


@contextmanager
def _engine(session: Session | None) -> Generator[GenerationSession]:
    """That of the session, or one for this call."""
    if session is not None:
        yield session.engine
        return
    engine = create_session(MemorySources())
    try:
        yield engine
    finally:
        engine.close()


def _checkpoint(model: str | None, home: Path | None) -> Checkpoint:
    checkpoints = checkpoint_store(user_paths(home))
    return checkpoints.find(model) if model else checkpoints.default()


def _pixels(image: Image | Path | str) -> Pixels:
    return pixels_of(Path(image) if isinstance(image, str) else image)


def _whole_cells(pixels: Pixels, checkpoint: Checkpoint) -> Pixels:
    from studio.imaging.latent_picture import whole_cells

    return whole_cells(pixels, family_traits(checkpoint.family).size_multiple)


def _ignore(_progress: Progress) -> None:
    """Nobody is told: a call from Python just returns."""

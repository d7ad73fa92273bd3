"""A sampler in the middle of its way, for a pipeline that can only begin."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch

from studio.engine.pipeline_types import Scheduler


class ResumedScheduler:
    """`scheduler` goes on where it stopped, whatever a pipeline does to set it up: the pipeline takes latents that are
    noisy already for those of a picture.

    `timesteps` are what the pipeline sees. What a step draws comes from `generator`, from which all before came: what
    the pipeline draws at its beginning must come from another.
    """

    init_noise_sigma = 1.0

    def __init__(self, scheduler: Scheduler, timesteps: torch.Tensor, generator: torch.Generator) -> None:
        self._scheduler = scheduler
        self.timesteps = timesteps
        self.step = _drawing_from(generator, scheduler.step)

    def __getattr__(self, name: str) -> object:
        return getattr(self._scheduler, name)

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: object = None,
        sigmas: object = None,
        mu: object = None,
        timesteps: object = None,
    ) -> None:
        """They were set."""

    def set_begin_index(self, begin_index: int = 0) -> None:
        """It has begun."""

    def add_noise(self, original_samples: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """It is in them."""
        return original_samples


def _drawing_from(
    generator: torch.Generator, step: Callable[..., tuple[torch.Tensor, ...]]
) -> Callable[..., tuple[torch.Tensor, ...]]:
    @functools.wraps(step)  # the pipeline reads the signature to see whether a generator is taken
    def drawing_step(*args: object, **kwargs: object) -> tuple[torch.Tensor, ...]:
        drawn = {"generator": generator} if "generator" in kwargs else {}
        return step(*args, **{**kwargs, **drawn})

    return drawing_step

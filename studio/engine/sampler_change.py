"""Another sampler takes over in the middle of a picture, at the noise level where the one before stopped."""

# pyright: reportUnknownMemberType=false
# (torch types its bridge to numpy in part)

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from diffusers import DDIMScheduler  # pyright: ignore[reportPrivateImportUsage]

from studio.engine.noise_levels import Levels
from studio.engine.pipeline_types import DdimScheduler, IndexedScheduler, Scheduler, SigmaScheduler
from studio.engine.schedulers import keeps_signal

_LEAST_SIGNAL = 2.0**-24
"""Of the variance, in pure noise: diffusers' own stand-in, for a sigma that is finite."""
_SHORTEST = 0.01
"""Steps shorter than this come to nothing in half precision, and multistep samplers divide by their length."""


def change_sampler(
    latents: torch.Tensor, old: Scheduler, new: Scheduler, *, num_inference_steps: int, steps_left: int
) -> torch.Tensor:
    """`latents` as `new` handles them, which takes the last `steps_left` steps from now on.

    It spaces them as it would space all, over the noise that is left, and knows nothing of the steps before.
    """
    done = num_inference_steps - steps_left
    new.set_timesteps(num_inference_steps, device=latents.device)
    trained = _sigmas(cast("SigmaScheduler", new).alphas_cumprod)
    sigma = float(_own_levels(old)[done])
    levels = np.exp(levels_left(np.log(_own_levels(new)), math.log(sigma), steps_left, lowest=math.log(trained[0])))
    _take(new, done, levels, trained)
    return latents * (_size(new, sigma) / _size(old, sigma)) if keeps_signal(old) != keeps_signal(new) else latents


def levels_left(own: Levels, begin: float, count: int, *, lowest: float) -> Levels:
    """Logarithms of `count` levels from `begin` downwards, spaced as those of `own`, which fall, in what is left of
    them. Where that is next to nothing they go on evenly, to `lowest` or beyond.
    """
    if begin - own[-1] < _SHORTEST * count:
        return np.linspace(begin, min(lowest, begin - 1), count)
    place = np.interp(-begin, -own, np.arange(len(own)))
    levels = np.interp(np.linspace(place, len(own) - 1, count), np.arange(len(own)), own)
    levels[0] = begin
    return levels


def _take(scheduler: Scheduler, done: int, levels: Levels, trained: Levels) -> None:
    """The steps after the first `done` are at `levels` (sigmas); the network is told the trained timesteps."""
    timesteps = np.interp(np.log(levels), np.log(trained), np.arange(len(trained)))
    rounded = timesteps if scheduler.timesteps.is_floating_point() else timesteps.round()
    scheduler.timesteps[done:] = torch.from_numpy(rounded).to(scheduler.timesteps)
    if isinstance(scheduler, DDIMScheduler):
        _pace(cast("DdimScheduler", scheduler), [int(timestep) for timestep in scheduler.timesteps[done:]])
        return
    cast("IndexedScheduler", scheduler).set_begin_index(done)
    if hasattr(scheduler, "sigmas"):
        sigmas = cast("SigmaScheduler", scheduler).sigmas
        sigmas[done:-1] = torch.from_numpy(levels).to(sigmas)


def _pace(scheduler: DdimScheduler, timesteps: Sequence[int]) -> None:
    """DDIM knows steps of one length only: as many as make up all trained ones. Here each step has its own."""
    lengths = iter([here - there for here, there in pairwise((*timesteps, -1))])
    step, trained = scheduler.step, len(scheduler.alphas_cumprod)

    @functools.wraps(step)  # the pipeline reads the signature to see whether a generator is taken
    def paced_step(*args: object, **kwargs: object) -> tuple[torch.Tensor, ...]:
        length = next(lengths)
        scheduler.num_inference_steps = Fraction(trained, length) if length else trained + 1
        return step(*args, **kwargs)

    scheduler.step = paced_step


def _own_levels(scheduler: Scheduler) -> Levels:
    """The sigmas of its steps."""
    by_sigmas = cast("SigmaScheduler", scheduler)
    if hasattr(scheduler, "sigmas"):
        return by_sigmas.sigmas[:-1].double().cpu().numpy()
    return _sigmas(by_sigmas.alphas_cumprod)[scheduler.timesteps.cpu().numpy()]


def _sigmas(alphas_cumprod: torch.Tensor) -> Levels:
    kept = alphas_cumprod.double().cpu().numpy().clip(_LEAST_SIGNAL)
    return np.sqrt((1 - kept) / kept)


def _size(scheduler: Scheduler, sigma: float) -> float:
    """The deviation of its latents."""
    return math.sqrt(1 + sigma**2) if keeps_signal(scheduler) else 1.0

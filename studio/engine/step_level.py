"""How noisy the latents of a sampler's step are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from studio.core.trajectory import NoiseLevel, variance_preserving
from studio.engine.flow_scheduler import FlowEuler
from studio.engine.pipeline_types import Scheduler, SigmaScheduler
from studio.engine.schedulers import keeps_signal

if TYPE_CHECKING:
    import torch


def level_and_scale(scheduler: Scheduler, timestep: torch.Tensor) -> tuple[NoiseLevel, float]:
    """How noisy the latents of the step at `timestep` are, which was just taken; and what brings them to variance 1."""
    if not hasattr(scheduler, "sigmas"):
        return variance_preserving(float(cast("SigmaScheduler", scheduler).alphas_cumprod[int(timestep)])), 1.0
    by_sigmas = cast("SigmaScheduler", scheduler)
    sigma = float(by_sigmas.sigmas[by_sigmas.step_index - 1])
    if isinstance(scheduler, FlowEuler):
        return NoiseLevel(1 - sigma, sigma), 1.0
    scale = 1 / math.sqrt(1 + sigma**2) if keeps_signal(scheduler) else 1.0
    return variance_preserving(1 / (1 + sigma**2)), scale

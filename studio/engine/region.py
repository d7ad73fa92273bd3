"""A region goes on otherwise: between the steps, the latents around it are those of the picture that is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from studio.core.geometry import Size
from studio.core.request import Region
from studio.engine.diffusion_model import DiffusionModel
from studio.engine.kept_steps import KeptSteps, leave_uncorrected, next_timestep
from studio.engine.latents import cells_of_mask, generator_for
from studio.engine.pipeline_types import Scheduler, StepEnd
from studio.engine.put_back import PutBack

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels


@dataclass(frozen=True, slots=True, eq=False)
class RegionSteps:
    """What happens between the `steps` steps of a picture of which `region` goes on otherwise than in `kept`.

    `denoise` is as in `RegionPlan`.
    """

    model: DiffusionModel
    region: Region
    denoise: MaskPixels
    kept: KeptSteps
    size: Size
    steps: int

    def strengths(self, like: torch.Tensor) -> torch.Tensor:
        """(1, 1, height, width) in cells: which part of all steps, the last ones, may change each of them."""
        share = (self.steps - self.region.after_step) / self.steps
        return cells_of_mask(self.model, self.denoise, like=like) * share

    def around(self, guess: Callable[[], torch.Tensor], scheduler: Scheduler, then: StepEnd) -> StepEnd:
        """After `then` and each step of `scheduler`; `guess` tells what it expects at the end, in cells."""
        renewed = _Renewal(self, scheduler, guess, then) if self.region.noise_seed is not None else then

        def kept(done: int) -> torch.Tensor:
            return self.kept.behind(done, scheduler)

        strengths = self.strengths(like=torch.zeros(1, device=self.kept.end.device))
        return PutBack(kept, strengths, self.steps, then=renewed, since=self.region.after_step)


@dataclass(frozen=True, slots=True, eq=False)
class _Renewal:
    """Where the branch begins, the noise becomes another one; what the sampler expects behind it stays."""

    of: RegionSteps
    scheduler: Scheduler
    guess: Callable[[], torch.Tensor]
    then: StepEnd

    def __call__(
        self, pipeline: object, step_index: int, timestep: object, tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        changed = self.then(pipeline, step_index, timestep, tensors)
        done = step_index + 1
        if done != self.of.region.after_step:
            return changed
        seed = self.of.region.noise_seed
        assert seed is not None  # else nothing is renewed
        noise = self.of.model.draw_noise(self.of.size, generator_for(seed))
        latents = changed.get("latents", tensors["latents"])
        leave_uncorrected(self.scheduler)
        noisy = self.scheduler.add_noise(
            self.guess().to(latents.dtype), noise.to(latents), next_timestep(self.scheduler, self.of.steps, done)
        )
        return {**changed, "latents": noisy}

"""A picture is made again, and its latents are kept behind each step: what lies around a region that is repainted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch

from studio.engine.pipeline_types import CorrectingScheduler, Scheduler, StepEnd


class AllKept(Exception):
    """The last step was taken. Nobody needs what would be decoded, and no pipeline can be stopped in another way."""


@dataclass(frozen=True, slots=True)
class _Level:
    """Latents are signal * x0 + noise * eps, as their sampler handles them."""

    signal: float
    noise: float

    @property
    def sigma(self) -> float:
        """Of the noise beside a whole x0."""
        return self.noise / self.signal


@dataclass(frozen=True, slots=True, eq=False)
class _Behind:
    """What a step left, with some noise in it still."""

    latents: torch.Tensor
    level: _Level

    @property
    def without_scale(self) -> torch.Tensor:
        """x0 + sigma * eps."""
        return self.latents.float() / self.level.signal


class KeptSteps:
    """The latents (in cells) of a picture of `steps` steps behind each of them, once it was made.

    They take 4 bytes a number: half a byte each pixel and step, for 4 channels in cells of 8 x 8 pixels.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._between: list[_Behind] = []
        self._end: torch.Tensor | None = None

    def keeping(self, scheduler: Scheduler, then: StepEnd) -> StepEnd:
        """Calls `then`, and keeps what it leaves of each step of `scheduler`. Raises AllKept behind the last one."""

        def step_end(
            pipeline: object, step_index: int, timestep: object, tensors: dict[str, torch.Tensor]
        ) -> dict[str, torch.Tensor]:
            changed = then(pipeline, step_index, timestep, tensors)
            latents = changed.get("latents", tensors["latents"]).clone()
            done = step_index + 1
            if done == self._steps:
                self._end = latents
                raise AllKept
            self._between.append(_Behind(latents, _level(scheduler, next_timestep(scheduler, self._steps, done))))
            return changed

        return step_end

    @property
    def end(self) -> torch.Tensor:
        """(1, channels, height, width): what was behind the last step."""
        if self._end is None:
            raise RuntimeError("the last step was not taken")
        return self._end

    def behind(self, done: int, scheduler: Scheduler) -> torch.Tensor:
        """What they were behind `done` steps, as `scheduler` handles them after as many.

        Another sampler may be at another level of noise by then: it is given what lies there on the straight way
        between two steps, which Euler's sampler would have gone.
        """
        if done == self._steps:
            return self.end
        level = _level(scheduler, next_timestep(scheduler, self._steps, done))
        kept = self._between[done - 1]
        return kept.latents if kept.level == level else self._on_the_way(level)

    def _on_the_way(self, level: _Level) -> torch.Tensor:
        steps = (*self._between, _Behind(self.end, _Level(1.0, 0.0)))
        before, after = next(pair for pair in pairwise(steps) if pair[1].level.sigma <= level.sigma)
        share = (level.sigma - after.level.sigma) / (before.level.sigma - after.level.sigma)
        between = torch.lerp(after.without_scale, before.without_scale, min(share, 1.0))
        return (level.signal * between).to(self.end.dtype)


def next_timestep(scheduler: Scheduler, steps: int, done: int) -> torch.Tensor:
    """(1,): that of the step after `done` of a picture's `steps` steps, which are the last of the scheduler's."""
    index = len(scheduler.timesteps) - steps + done
    return scheduler.timesteps[index : index + 1]


def leave_uncorrected(scheduler: Scheduler) -> None:
    """The step that was just taken is not corrected by the next one, which would undo what was changed in between."""
    if hasattr(scheduler, "disable_corrector"):
        correcting = cast("CorrectingScheduler", scheduler)
        correcting.disable_corrector = [*correcting.disable_corrector, correcting.step_index - 1]


def _level(scheduler: Scheduler, timestep: torch.Tensor) -> _Level:
    """As noisy as latents are at this step: what a scheduler adds is linear in both."""
    one = torch.ones((1, 1, 1, 1), device=timestep.device)
    signal, noise = (scheduler.add_noise(*each, timestep) for each in ((one, 0 * one), (0 * one, one)))
    return _Level(float(signal), float(noise))

"""Keeps what goes into a sampler's steps and what it expects behind it, without touching either."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from studio.core.scheduler import SchedulerName
from studio.core.trajectory import LatentColours, NoiseLevel, Trajectory, TrajectoryStep
from studio.engine.pipeline_types import Scheduler
from studio.engine.step_callback import PredictedOriginal
from studio.engine.step_level import level_and_scale

if TYPE_CHECKING:
    from studio.core.trajectory import Latents


class TrajectoryRecorder:
    """Watches the steps of `schedulers`, which follow one another, from now on; `sampler` is the last one.

    What is kept is half a copy (float16) where the latents are; it comes to main memory at the end, so that no step
    waits for it. `in_cells` turns latents as the scheduler handles them into cells.
    """

    def __init__(
        self, schedulers: Sequence[Scheduler], sampler: SchedulerName, in_cells: Callable[[torch.Tensor], torch.Tensor]
    ) -> None:
        self._sampler = sampler
        self._in_cells = in_cells
        self._expected = PredictedOriginal(schedulers)
        self._seen: list[_SeenStep] = []
        for scheduler in schedulers:
            self._watch(scheduler)

    def _watch(self, scheduler: Scheduler) -> None:
        step = scheduler.step

        @functools.wraps(step)  # the pipeline reads the signature to see whether a generator is taken
        def recorded_step(
            model_output: torch.Tensor,
            timestep: torch.Tensor,
            sample: torch.Tensor,
            *args: object,
            **kwargs: object,
        ) -> tuple[torch.Tensor, ...]:
            outcome = step(model_output, timestep, sample, *args, **kwargs)
            self._keep(scheduler, timestep, sample)
            return outcome

        scheduler.step = recorded_step

    def trajectory(self, colours: LatentColours | None, strengths: torch.Tensor | None) -> Trajectory:
        """All steps that were taken since. `strengths` (1, 1, height, width) in cells is how inpainting repaints."""
        kept = None if strengths is None else in_main_memory(strengths[0, 0])
        return Trajectory(self._sampler, tuple(seen.step() for seen in self._seen), colours, kept)

    def _keep(self, scheduler: Scheduler, timestep: torch.Tensor, sample: torch.Tensor) -> None:
        level, scale = level_and_scale(scheduler, timestep)
        halves = (self._in_cells(tensor)[0].half() for tensor in (sample * scale, self._expected.latents))
        self._seen.append(_SeenStep(float(timestep), level, *halves))


class _SeenStep:
    """One step, its latents still on the device."""

    def __init__(self, timestep: float, level: NoiseLevel, latents: torch.Tensor, predicted: torch.Tensor) -> None:
        self._timestep = timestep
        self._level = level
        self._latents = latents
        self._predicted = predicted

    def step(self) -> TrajectoryStep:
        return TrajectoryStep(
            self._timestep, self._level, in_main_memory(self._latents), in_main_memory(self._predicted)
        )


def in_main_memory(latents: torch.Tensor) -> Latents:
    """Of (channels, height, width), or of (height, width): read-only, and no tensor any more."""
    array = np.ascontiguousarray(latents.half().cpu().numpy())
    array.setflags(write=False)
    return cast("Latents", array)

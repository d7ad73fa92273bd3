"""What happens between two steps: the cancel check, progress, and a preview if somebody is looking."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import torch

from studio.core.progress import PreviewFrame, PreviewSink, Progress, StepProgress
from studio.core.session import CancelToken
from studio.engine.pipeline_types import MultistepScheduler, Scheduler
from studio.engine.preview import LatentRgb
from studio.engine.step_level import level_and_scale

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.trajectory import NoiseLevel


class PredictedOriginal:
    """The latent that a sampler expects at the end (x0), as it stands after the latest step of any of `schedulers`, and
    what that step was given.

    Previews show it because the latent itself is mostly noise until late. Most samplers return it from `step` as the
    second value, which is kept here; multistep samplers keep it themselves.
    """

    def __init__(self, schedulers: Iterable[Scheduler]) -> None:
        self._scheduler: Scheduler | None = None
        self._given: tuple[torch.Tensor, torch.Tensor] | None = None
        self._latest: tuple[torch.Tensor, ...] = ()
        for scheduler in schedulers:
            self._watch(scheduler)

    def _watch(self, scheduler: Scheduler) -> None:
        step = scheduler.step

        @functools.wraps(step)  # the pipeline reads the signature to see whether a generator is taken
        def remembering_step(
            model_output: torch.Tensor,
            timestep: torch.Tensor,
            sample: torch.Tensor,
            *args: object,
            **kwargs: object,
        ) -> tuple[torch.Tensor, ...]:
            self._latest = step(model_output, timestep, sample, *args, **kwargs)
            self._scheduler, self._given = scheduler, (timestep, sample)
            return self._latest

        scheduler.step = remembering_step

    @property
    def latents(self) -> torch.Tensor:
        if isinstance(self._scheduler, MultistepScheduler):
            return self._scheduler.model_outputs[-1]
        return self._latest[1]

    def noisy_latents(self) -> tuple[torch.Tensor, NoiseLevel]:
        """What the latest step was given, brought to a variance of 1, and how much noise is in it."""
        assert self._scheduler is not None
        assert self._given is not None
        timestep, sample = self._given
        level, scale = level_and_scale(self._scheduler, timestep)
        return sample * scale, level


class PreviewFeed:
    """Gives `sink` the frames of picture `index` that it wants: first the start, then what the sampler expects.

    `in_cells` turns latents as the scheduler handles them into cells. `paste` puts a frame where it belongs, if that is
    a part of a larger picture.
    """

    def __init__(
        self,
        sink: PreviewSink,
        latent_rgb: LatentRgb,
        schedulers: Iterable[Scheduler],
        index: int,
        steps: int,
        *,
        in_cells: Callable[[torch.Tensor], torch.Tensor],
        paste: Callable[[Pixels], Pixels] | None = None,
    ) -> None:
        self._sink = sink
        self._in_cells = in_cells
        self._paste = paste
        self._latent_rgb = latent_rgb
        self._expected = PredictedOriginal(schedulers)
        self._index = index
        self._steps = steps

    def start(self, latents: torch.Tensor, *, is_noise: bool) -> None:
        """Show what the picture begins with: noise of variance 1, or another picture."""
        if self._sink.wants_frame():
            pixels = self._picture_of(latents)
            self._sink.put(PreviewFrame(pixels, self._index, 0, self._steps, pixels if is_noise else None))

    def step_done(self, step: int) -> None:
        """Show what the sampler expects after `step` (from 1), and what it was given."""
        if self._sink.wants_frame():
            noisy, level = self._expected.noisy_latents()
            pixels, seen = (self._picture_of(self._in_cells(latents)) for latents in (self._expected.latents, noisy))
            self._sink.put(PreviewFrame(pixels, self._index, step, self._steps, seen, level))

    def _picture_of(self, cells: torch.Tensor) -> Pixels:
        pixels = self._latent_rgb(cells)
        return pixels if self._paste is None else self._paste(pixels)


class StepCallback:
    """diffusers' `callback_on_step_end` for picture `index` of `batch_size`.

    Of its `steps` steps, `before` were taken in other runs: what is kept around a region is made before it.

    Raises:
        GenerationCancelled: after the step in which `cancel` was set. diffusers' own `_interrupt` would run through
            the remaining steps and decode the picture.
    """

    def __init__(
        self,
        index: int,
        batch_size: int,
        steps: int,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
        previews: PreviewFeed | None,
        before: int = 0,
    ) -> None:
        self._before = before
        self._index = index
        self._batch_size = batch_size
        self._steps = steps
        self._on_progress = on_progress
        self._cancel = cancel
        self._previews = previews
        self._begun = time.perf_counter()

    def begin(self, start: torch.Tensor, *, is_noise: bool) -> None:
        """The first step comes next; `start` is noise of variance 1, or the latents of the picture to start from."""
        self._cancel.raise_if_cancelled()
        if self._previews is not None:
            self._previews.start(start, is_noise=is_noise)
        self._begun = time.perf_counter()

    def __call__(
        self, _pipeline: object, step_index: int, _timestep: object, _tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        step = step_index + 1
        seconds_per_step = (time.perf_counter() - self._begun) / step if step > 1 else None
        taken = self._before + step
        self._on_progress(StepProgress(self._index, self._batch_size, taken, self._steps, seconds_per_step))
        if self._previews is not None:
            self._previews.step_done(step)
        self._cancel.raise_if_cancelled()
        return {}

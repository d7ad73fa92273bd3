"""Asks a network for the noise in a picture, at many noise levels: in one run of a pipeline, whatever its family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from studio.core.geometry import Size
from studio.core.noise_error import NoiseError
from studio.core.request import Prompt, Sampling
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.trajectory import NoiseLevel
from studio.engine.diffusion_model import DiffusionModel, Sampler
from studio.engine.latents import everything_masked, generator_for
from studio.engine.pipeline_types import Scheduler
from studio.engine.step_inspector import expected_noise

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@torch.inference_mode()
def noise_errors(
    model: DiffusionModel,
    pixels: Pixels,
    prompt: Prompt,
    *,
    count: int,
    seed: int,
    cancel: CancelToken,
    on_found: Callable[[NoiseError], None] | None = None,
) -> tuple[NoiseError, ...]:
    """At `count` timesteps, evenly from the least to the most noise, with the noise of the seed; `on_found` is told
    each at once, the last one first.

    Raises:
        GenerationCancelled: between two of them.
        BrokenPicture: if the picture has no finite latents.
        RuntimeError, MemoryError: torch's own.
    """
    height, width, _ = pixels.shape
    size = Size(width, height)
    sampling = Sampling(scheduler=SchedulerName.DDIM, num_inference_steps=count + 1, guidance_scale=1.0, seed=seed)
    encoded = model.prompt_encoder(0).encode(prompt, with_negative=False, steps=count)
    noise = model.draw_noise(size, generator_for(seed))
    probe = _Probe(model, size, model.encode(pixels), noise, count, cancel, on_found)
    known = everything_masked(model, size) if model.is_inpainting else None
    scheduler = cast("Scheduler", _ProbeScheduler(model.make_scheduler(sampling, corrects=True), probe))
    model.go_on(
        encoded,
        sampling,
        Sampler(scheduler, count, probe.next_question),
        latents=probe.question(),
        known=known,
        generator=generator_for(seed),
    )
    return tuple(reversed(probe.errors))


@dataclass(frozen=True, slots=True)
class _Question:
    timestep: int
    level: NoiseLevel


class _Probe:
    """The picture with noise on it, less from question to question."""

    def __init__(
        self,
        model: DiffusionModel,
        size: Size,
        original: torch.Tensor,
        noise: torch.Tensor,
        count: int,
        cancel: CancelToken,
        on_found: Callable[[NoiseError], None] | None,
    ) -> None:
        self.errors: list[NoiseError] = []
        self.questions = _questions(model.noise_levels(), count)
        self._model = model
        self._size = size
        self._original = original
        self._noise = noise.to(original)
        self._cancel = cancel
        self._on_found = on_found

    def question(self) -> torch.Tensor:
        """What the network sees next, in cells."""
        level = self.questions[len(self.errors)].level
        return level.signal * self._original + level.noise * self._noise

    def hear(self, answer: torch.Tensor) -> None:
        """What the network answers, as its scheduler gets it."""
        asked = self.questions[len(self.errors)]
        cells = self._model.as_cells(answer, self._size)
        noise = expected_noise(self._model.prediction, asked.level, self.question(), cells)
        wrong = noise - self._noise.float()
        error = NoiseError(float(asked.timestep), asked.level, float(wrong.square().mean().sqrt()))
        self.errors.append(error)
        if self._on_found is not None:
            self._on_found(error)

    def next_question(
        self, _pipeline: object, _index: int, _timestep: object, _tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """diffusers' `callback_on_step_end`."""
        self._cancel.raise_if_cancelled()
        return {"latents": self.question()} if len(self.errors) < len(self.questions) else {}


class _ProbeScheduler:
    """Takes no steps: the answers go to `probe`, from where the next latents come. All else is that of `scheduler`."""

    def __init__(self, scheduler: Scheduler, probe: _Probe) -> None:
        self._scheduler = scheduler
        self._probe = probe
        timesteps = [asked.timestep for asked in probe.questions]
        # One more at the beginning: pipelines that start from a picture run the last ones only.
        self.timesteps = torch.tensor([timesteps[0], *timesteps], device=probe.question().device)

    def __getattr__(self, name: str) -> object:
        return getattr(self._scheduler, name)

    def step(
        self, model_output: torch.Tensor, _timestep: object, sample: torch.Tensor, **_others: object
    ) -> tuple[torch.Tensor, ...]:
        self._probe.hear(model_output)
        return sample, sample


def _questions(levels: Sequence[NoiseLevel], count: int) -> list[_Question]:
    """The most noise first; in the middles of `count` parts of all timesteps."""
    middles = (np.arange(count) + 0.5) / count * len(levels)
    return [_Question(timestep, levels[timestep]) for timestep in map(int, middles[::-1])]

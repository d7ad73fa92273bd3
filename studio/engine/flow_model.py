"""The families with a transformer that learned rectified flow: one loop of calls, whatever the family.

Image to image and inpainting are the text-to-image pipeline too, begun later in its schedule with a noisy picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from studio.core.checkpoint import Prediction
from studio.core.geometry import Size
from studio.core.progress import Ignored, SamplerReplaced
from studio.core.request import Prompt, Sampling
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.trajectory import NoiseLevel
from studio.engine.diffusion_model import KnownPicture, PromptEncoder, Sampler
from studio.engine.encoded_prompt import EncodedPrompt
from studio.engine.flow_families import FlowFamily
from studio.engine.flow_scheduler import FlowEuler, make_flow_scheduler
from studio.engine.latents import check_finite
from studio.engine.pipeline_types import FlowPipeline, Model, Scheduler, StepEnd
from studio.engine.placement import compute_device
from studio.engine.prompt_plain import PlainPromptEncoder, cut_prompts, ignored_syntax
from studio.engine.resumed_scheduler import ResumedScheduler
from studio.engine.sampler_change import levels_left
from studio.engine.schedulers import SchedulerConfig

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


class FlowModel:
    """A `DiffusionModel` with a transformer: what `family` says about `pipeline`.

    `is_guided`: by CFG, with a negative prompt.
    """

    is_inpainting = False
    prediction = Prediction.FLOW
    needs_picture = False

    def __init__(
        self, pipeline: FlowPipeline, family: FlowFamily, scheduler_config: SchedulerConfig, *, is_guided: bool
    ) -> None:
        self._pipeline = pipeline
        self._family = family
        self._is_guided = is_guided
        self._scheduler_config = scheduler_config

    @property
    def pixels_per_cell(self) -> int:
        return self._family.pixels_per_cell

    def uses_negative(self, sampling: Sampling) -> bool:
        return self._is_guided and sampling.guidance_scale > 1.0

    @property
    def denoiser(self) -> Model:
        return self._pipeline.transformer

    @property
    def clip_layers(self) -> int:
        return 0

    def prompt_encoder(self, clip_skip: int) -> PromptEncoder:
        return PlainPromptEncoder(lambda text: self._family.encode_prompt(self._pipeline, text))

    def ignored(self, prompt: Prompt, sampling: Sampling) -> list[Ignored]:
        with_negative = self.uses_negative(sampling)
        reader = self._family.reader(self._pipeline)
        return [
            *ignored_syntax(prompt, with_negative=with_negative),
            *cut_prompts(prompt, reader, with_negative=with_negative),
            *_replaced(sampling.scheduler, self.feasible(sampling).scheduler),
        ]

    def feasible(self, sampling: Sampling) -> Sampling:
        """Euler's: the other samplers were made for another kind of noise."""
        return replace(sampling, scheduler=SchedulerName.EULER)

    def make_scheduler(self, sampling: Sampling, *, corrects: bool) -> Scheduler:
        return cast("Scheduler", make_flow_scheduler(self._scheduler_config, sampling.schedule))

    def change_sampler(
        self, cells: torch.Tensor, old: Scheduler, new: Scheduler, steps: int, left: int
    ) -> torch.Tensor:
        """Euler's with another schedule."""
        begin, scheduler = cast("FlowEuler", old).sigmas[-left - 1], cast("FlowEuler", new)
        self._family.set_timesteps(self._pipeline, scheduler, steps, cells)
        own = np.log(scheduler.sigmas[:-1].double().cpu().numpy())
        lowest = math.log(self.noise_levels()[1].noise)
        scheduler.take_last(np.exp(levels_left(own, math.log(begin), left, lowest=lowest)))
        return cells

    def noise_levels(self) -> tuple[NoiseLevel, ...]:
        """Timesteps count 1000ths of the way; the last one is nothing but noise."""
        steps = cast(
            "int", make_flow_scheduler(self._scheduler_config, ScheduleType.AUTOMATIC).config["num_train_timesteps"]
        )
        return tuple(NoiseLevel(1 - t / steps, t / steps) for t in range(steps + 1))

    def draw_noise(self, size: Size, generator: torch.Generator) -> torch.Tensor:
        cell = self.pixels_per_cell
        shape = (1, self._family.channels(self._pipeline), size.height // cell, size.width // cell)
        dtype = self._family.latent_dtype(self._pipeline)
        return torch.randn(shape, generator=generator, dtype=dtype).to(compute_device(self._pipeline))

    def encode(self, pixels: Pixels) -> torch.Tensor:
        return self._family.encode(self._pipeline, pixels).to(self._family.latent_dtype(self._pipeline))

    def decode(self, latents: torch.Tensor) -> Pixels:
        check_finite(latents)
        return self._family.decode(self._pipeline, latents)

    def as_cells(self, latents: torch.Tensor, size: Size) -> torch.Tensor:
        return self._family.packing.unpack(
            latents, size.height // self.pixels_per_cell, size.width // self.pixels_per_cell
        )

    def denoise_noise(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        noise: torch.Tensor,
        generator: torch.Generator,
    ) -> torch.Tensor:
        return self._run(prompt, sampling, sampler, noise, generator)

    def denoise_picture(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        *,
        start: torch.Tensor,
        known: KnownPicture | None,
        generator: torch.Generator,
    ) -> torch.Tensor:
        noise = self.draw_noise(self._size_of(start), generator)
        scheduler = cast("FlowEuler", sampler.scheduler)
        scheduler.last_steps = sampler.steps
        self._family.set_timesteps(self._pipeline, scheduler, sampling.num_inference_steps, start)
        noisy = scheduler.add_noise(start, noise, sampler.scheduler.timesteps[:1])
        return self._run(prompt, sampling, sampler, noisy, generator)

    def go_on(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        *,
        latents: torch.Tensor,
        known: KnownPicture | None,
        generator: torch.Generator,
    ) -> torch.Tensor:
        timesteps = sampler.scheduler.timesteps[-sampler.steps :]
        scheduler = cast("Scheduler", ResumedScheduler(sampler.scheduler, timesteps, generator))
        resumed = Sampler(scheduler, sampler.steps, sampler.on_step_end)
        return self._run(prompt, sampling, resumed, latents, generator)

    def _run(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        latents: torch.Tensor,
        generator: torch.Generator,
    ) -> torch.Tensor:
        size = self._size_of(latents)
        steps = _StepsInCells(self, size, sampler.on_step_end)
        self._pipeline.scheduler = sampler.scheduler
        self._pipeline(
            **self._family.arguments(self._pipeline, prompt, sampling),
            latents=self._family.packing.pack_start(latents),
            generator=generator,
            width=size.width,
            height=size.height,
            num_inference_steps=sampling.num_inference_steps,
            output_type="latent",
            callback_on_step_end=steps,
        )
        return steps.latest()

    def pack(self, cells: torch.Tensor) -> torch.Tensor:
        """Cells in the form that the scheduler handles."""
        return self._family.packing.pack(cells)

    def _size_of(self, latents: torch.Tensor) -> Size:
        return Size(latents.shape[3] * self.pixels_per_cell, latents.shape[2] * self.pixels_per_cell)


def _replaced(asked: SchedulerName, used: SchedulerName) -> list[SamplerReplaced]:
    return [] if asked is used else [SamplerReplaced(asked, used)]


@dataclass
class _StepsInCells:
    """Lets `on_step_end` see cells, where the pipeline has another form of them, and keeps the latest."""

    model: FlowModel
    size: Size
    on_step_end: StepEnd
    _latest: torch.Tensor | None = None

    def __call__(
        self, pipeline: object, step_index: int, timestep: object, tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        cells = self.model.as_cells(tensors["latents"], self.size)
        changed = self.on_step_end(pipeline, step_index, timestep, {**tensors, "latents": cells})
        self._latest = changed.get("latents", cells)
        if "latents" not in changed:
            return changed
        return {**changed, "latents": self.model.pack(changed["latents"])}

    def latest(self) -> torch.Tensor:
        """After the last step: the pipelines themselves return some of them scaled, some not."""
        if self._latest is None:
            raise RuntimeError("the pipeline took no step")
        return self._latest

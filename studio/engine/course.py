"""One picture's course through the stretches of its request: each is a pipeline's run, ended where the next begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from studio.core.request import GenerationRequest, Sampling
from studio.engine.diffusion_model import DiffusionModel, KnownPicture, PromptEncoder, Sampler
from studio.engine.encoded_prompt import EncodedPrompt
from studio.engine.guidance_rescale import rescaled_guidance
from studio.engine.latents import generator_for
from studio.engine.pipeline_types import Scheduler, StepEnd
from studio.engine.step_callback import StepCallback

Between = Callable[[Scheduler], StepEnd]
"""What happens between the steps of a sampler."""

Around = Callable[[Scheduler, StepEnd], StepEnd]
"""What else happens there: calls the one that it is given first."""


@dataclass(frozen=True, slots=True, eq=False)
class Samplers:
    """One for each stretch of a picture of `steps` steps, the same where it goes on; `callback` is told of steps, and
    `around` has the last word about the latents between them.
    """

    schedulers: tuple[Scheduler, ...]
    steps: int
    callback: StepCallback
    around: Around


@dataclass(frozen=True, slots=True, eq=False)
class _Leg:
    """A stretch, ready to be run: from the step `begin` until the step `end`."""

    begin: int
    end: int
    prompt: EncodedPrompt
    sampling: Sampling
    scheduler: Scheduler


class Course:
    """Encodes all prompts at once, so that no text encoder has to come back while the denoiser works."""

    def __init__(
        self, model: DiffusionModel, prompts: PromptEncoder, request: GenerationRequest, samplers: Samplers
    ) -> None:
        self.steps = samplers.steps
        self.callback = samplers.callback
        self._model = model
        self._around = samplers.around
        self._seed = request.sampling.seed
        self._legs = _legs(model, prompts, request, samplers)

    def from_noise(self, noise: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """The latents that come out of `noise`, which `generator` drew. Not for inpainting models."""

        def begin(leg: _Leg, sampler: Sampler) -> torch.Tensor:
            return self._model.denoise_noise(leg.prompt, leg.sampling, sampler, noise, generator)

        return self._run(begin, generator, None, lambda _: self.callback)

    def from_picture(
        self, start: torch.Tensor, *, known: KnownPicture | None, between: Between | None = None
    ) -> torch.Tensor:
        """The latents that come out of `start`, as noisy as the steps say. `known` is for inpainting models."""
        generator = generator_for(self._seed)

        def begin(leg: _Leg, sampler: Sampler) -> torch.Tensor:
            return self._model.denoise_picture(
                leg.prompt, leg.sampling, sampler, start=start, known=known, generator=generator
            )

        return self._run(begin, generator, known, between or (lambda _: self.callback))

    def _run(
        self,
        begin: Callable[[_Leg, Sampler], torch.Tensor],
        generator: torch.Generator,
        known: KnownPicture | None,
        between: Between,
    ) -> torch.Tensor:
        first, *others = self._legs
        latents = self._run_leg(first, between, lambda sampler: begin(first, sampler))
        for before, leg in zip(self._legs, others, strict=False):
            latents = self._handed_over(latents, before, leg)
            latents = self._run_leg(leg, between, self._going_on(leg, latents, known, generator))
        return latents

    def _run_leg(self, leg: _Leg, between: Between, run: Callable[[Sampler], torch.Tensor]) -> torch.Tensor:
        until = None if leg.end == self.steps else leg.end
        step_end = _StepEnd(self._around(leg.scheduler, between(leg.scheduler)), leg.begin, until)
        with rescaled_guidance(self._model.denoiser, leg.scheduler, leg.sampling.guidance_rescale):
            try:
                return run(Sampler(leg.scheduler, self.steps - leg.begin, step_end))
            except _Stopped as stopped:
                return stopped.latents

    def _going_on(
        self, leg: _Leg, latents: torch.Tensor, known: KnownPicture | None, generator: torch.Generator
    ) -> Callable[[Sampler], torch.Tensor]:
        return lambda sampler: self._model.go_on(
            leg.prompt, leg.sampling, sampler, latents=latents, known=known, generator=generator
        )

    def _handed_over(self, latents: torch.Tensor, before: _Leg, leg: _Leg) -> torch.Tensor:
        if leg.scheduler is before.scheduler:
            return latents
        steps, left = leg.sampling.num_inference_steps, self.steps - leg.begin
        return self._model.change_sampler(latents, before.scheduler, leg.scheduler, steps=steps, left=left)


def _legs(
    model: DiffusionModel, prompts: PromptEncoder, request: GenerationRequest, samplers: Samplers
) -> Sequence[_Leg]:
    legs: list[_Leg] = []
    begin = 0
    for stretch, scheduler in zip(request.stretches, samplers.schedulers, strict=True):
        sampling = stretch.sampling(request.sampling)
        with_negative = model.uses_negative(sampling)
        prompt = prompts.encode(stretch.prompt, with_negative=with_negative, steps=samplers.steps)
        legs.append(_Leg(begin, stretch.until_step, prompt.later(begin), sampling, scheduler))
        begin = stretch.until_step
    return legs


class _Stopped(Exception):
    """The stretch is at its end. No pipeline can be stopped in another way."""

    def __init__(self, latents: torch.Tensor) -> None:
        super().__init__()
        self.latents = latents


@dataclass(frozen=True, slots=True, eq=False)
class _StepEnd:
    """diffusers' `callback_on_step_end`: counts the steps `before` this run, too, and stops it after `until` of all."""

    then: StepEnd
    before: int
    until: int | None

    def __call__(
        self, pipeline: object, step_index: int, timestep: object, tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        index = self.before + step_index
        changed = self.then(pipeline, index, timestep, tensors)
        if index + 1 == self.until:
            raise _Stopped(changed.get("latents", tensors["latents"]))
        return changed

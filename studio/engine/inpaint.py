"""A part of a picture painted anew: encode, denoise under the mask, decode. What to show of it, `studio.imaging` says.

Both kinds of models repaint each cell as strongly as the mask says, by differential diffusion (E. Levin, O. Fried:
"Differential Diffusion: Giving Each Pixel Its Strength", 2023): between the steps the original, with as much noise as
there is left, is put back wherever it is too early for change. A hard mask is the case of never and always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from studio.core.request import GenerationRequest
from studio.core.task import MaskedContent
from studio.engine.course import Course, Samplers
from studio.engine.diffusion_model import DiffusionModel, KnownPicture, PromptEncoder
from studio.engine.latents import NEUTRAL, cells_of_mask, generator_for
from studio.engine.pipeline_types import Scheduler, StepEnd
from studio.imaging.inpaint_region import InpaintPlan

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@torch.inference_mode()
def inpaint(
    model: DiffusionModel,
    prompts: PromptEncoder,
    request: GenerationRequest,
    content: MaskedContent,
    plan: InpaintPlan,
    samplers: Samplers,
) -> Pixels:
    """What the model makes of `plan.seen`, in the request's size. The samplers correct nothing afterwards.

    Raises:
        GenerationCancelled: from the callback.
        BrokenPicture: if the model gives no picture.
        RuntimeError, MemoryError: torch's own.
    """
    course = Course(model, prompts, request, samplers)
    generator = generator_for(request.sampling.seed)
    noise = model.draw_noise(request.size, generator)
    start = model.encode(plan.seen)
    strengths = cells_of_mask(model, plan.denoise, like=start)
    if content is MaskedContent.NOISE:
        start = torch.lerp(start, model.draw_noise(request.size, generator), strengths)
    known = _known_picture(model, plan, strengths) if model.is_inpainting else None

    def put_back(scheduler: Scheduler) -> PutBack:
        return PutBack(start, noise, strengths, scheduler, course.steps, then=course.callback)

    course.callback.begin(start)
    return model.decode(course.from_picture(start, known=known, between=put_back))


class PutBack:
    """diffusers' `callback_on_step_end`: puts the original back where the next step must not change it yet.

    Of n steps a cell of strength s (0 to 1) is free in the last s * n, rounded up. With a strength of 0 it comes out as
    it was. The noise is always the same, so that a cell that becomes free goes on where the picture would have been.
    """

    def __init__(
        self,
        original: torch.Tensor,
        noise: torch.Tensor,
        strengths: torch.Tensor,
        scheduler: Scheduler,
        steps: int,
        *,
        then: StepEnd,
    ) -> None:
        self._original = original
        self._noise = noise
        self._strengths = strengths
        self._scheduler = scheduler
        self._steps = steps
        self._then = then

    def __call__(
        self, pipeline: object, step_index: int, timestep: object, tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        done = step_index + 1
        self._then(pipeline, step_index, timestep, tensors)
        is_free = self._strengths > max(0.0, 1 - (done + 1) / self._steps)
        return {"latents": torch.where(is_free, tensors["latents"], self._noised(done))}

    def _noised(self, done: int) -> torch.Tensor:
        """The original as noisy as the latents are when `done` steps are done."""
        if done == self._steps:
            return self._original
        timesteps = self._scheduler.timesteps
        next_index = len(timesteps) - self._steps + done
        return self._scheduler.add_noise(self._original, self._noise, timesteps[next_index : next_index + 1])


def _known_picture(model: DiffusionModel, plan: InpaintPlan, strengths: torch.Tensor) -> KnownPicture:
    mask = (strengths > 0).to(strengths.dtype)
    factor = model.pixels_per_cell
    is_masked = mask[0, 0].bool().repeat_interleave(factor, 0).repeat_interleave(factor, 1).cpu().numpy()
    return KnownPicture(mask, model.encode(np.where(is_masked[:, :, np.newaxis], np.uint8(NEUTRAL), plan.seen)))

"""A part of a picture painted anew: encode, denoise under the mask, decode. What to show of it, `studio.imaging` says.

Both kinds of models repaint each cell as strongly as the mask says: between the steps the original, with as much noise
as there is left, is put back wherever it is too early for change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from studio.core.request import GenerationRequest
from studio.core.task import MaskedContent
from studio.engine.course import Course, Samplers
from studio.engine.diffusion_model import DiffusionModel, KnownPicture, PromptEncoder
from studio.engine.kept_steps import next_timestep
from studio.engine.latents import NEUTRAL, cells_of_mask, generator_for
from studio.engine.pipeline_types import Scheduler
from studio.engine.put_back import PutBack
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
        def original(done: int) -> torch.Tensor:
            if done == course.steps:
                return start
            return scheduler.add_noise(start, noise, next_timestep(scheduler, course.steps, done))

        return PutBack(original, strengths, course.steps, then=course.callback)

    course.callback.begin(start, is_noise=False)
    return model.decode(course.from_picture(start, known=known, between=put_back))


def _known_picture(model: DiffusionModel, plan: InpaintPlan, strengths: torch.Tensor) -> KnownPicture:
    mask = (strengths > 0).to(strengths.dtype)
    factor = model.pixels_per_cell
    is_masked = mask[0, 0].bool().repeat_interleave(factor, 0).repeat_interleave(factor, 1).cpu().numpy()
    return KnownPicture(mask, model.encode(np.where(is_masked[:, :, np.newaxis], np.uint8(NEUTRAL), plan.seen)))

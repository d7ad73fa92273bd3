"""One picture from another: encode both prompt and picture, add noise, denoise, decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from studio.core.request import GenerationRequest
from studio.core.task import ImageToImage
from studio.engine.course import Course, Samplers
from studio.engine.diffusion_model import DiffusionModel, PromptEncoder
from studio.engine.latents import everything_masked
from studio.imaging.fit import fit_placement, restored, to_model

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@torch.inference_mode()
def image_to_image(
    model: DiffusionModel,
    prompts: PromptEncoder,
    request: GenerationRequest,
    task: ImageToImage,
    picture: Pixels,
    samplers: Samplers,
) -> Pixels:
    """The first picture of `request`, whose task is `task`, from `picture` of any size.

    Raises:
        GenerationCancelled: from the callback.
        BrokenPicture: if the model gives no picture.
        RuntimeError, MemoryError: torch's own.
    """
    height, width, _ = picture.shape
    placement = fit_placement(width, height, request.size, task.fit)
    course = Course(model, prompts, request, samplers)
    start = model.encode(to_model(picture, placement))
    known = everything_masked(model, request.size) if model.is_inpainting else None
    course.callback.begin(start, is_noise=False)
    pixels = model.decode(course.from_picture(start, known=known))
    return restored(pixels, picture, placement) if task.restore_size else pixels

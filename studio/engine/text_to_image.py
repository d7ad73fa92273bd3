"""One picture from noise: encode the prompt, denoise, decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from studio.core.errors import SourceRequired
from studio.core.request import GenerationRequest
from studio.engine.course import Course, Samplers
from studio.engine.diffusion_model import DiffusionModel, PromptEncoder
from studio.engine.latents import everything_masked, generator_for
from studio.engine.other_seed import OtherSeed

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@torch.inference_mode()
def text_to_image(
    model: DiffusionModel,
    prompts: PromptEncoder,
    request: GenerationRequest,
    samplers: Samplers,
    other: OtherSeed | None = None,
) -> Pixels:
    """The first picture of `request`. An inpainting model repaints all of a grey picture.

    With `other` it begins with noise between that of two seeds.

    Raises:
        SourceRequired: if the model only improves pictures.
        GenerationCancelled: from the callback, which is called after each step, so also before decoding.
        BrokenPicture: if the model gives no picture.
        RuntimeError, MemoryError: torch's own.
    """
    if model.needs_picture:
        raise SourceRequired(request.checkpoint.name, "a picture to improve")
    course = Course(model, prompts, request, samplers)
    generator = generator_for(request.sampling.seed)
    noise = model.draw_noise(request.size, generator)
    if other is not None:
        noise, generator = other.on_the_way_from(noise, generator, model, request.size)
    course.callback.begin(noise, is_noise=True)
    if model.is_inpainting:
        grey = everything_masked(model, request.size)
        latents = course.from_picture(torch.zeros_like(noise), known=grey)
    else:
        latents = course.from_noise(noise, generator)
    return model.decode(latents)

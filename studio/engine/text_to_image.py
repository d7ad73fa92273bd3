"""One picture from noise: encode the prompt, denoise, decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from studio.core.errors import BrokenPicture
from studio.core.geometry import Size
from studio.core.request import GenerationRequest, Sampling
from studio.engine.pipeline_types import Scheduler, TextToImagePipeline, Vae
from studio.engine.preview import to_pixels
from studio.engine.prompt_encoding import PromptEncoder
from studio.engine.step_callback import StepCallback

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@torch.inference_mode()
def text_to_image(
    pipeline: TextToImagePipeline,
    prompts: PromptEncoder,
    request: GenerationRequest,
    scheduler: Scheduler,
    callback: StepCallback,
) -> Pixels:
    """The first picture of `request`. `scheduler` is a fresh one.

    Raises:
        GenerationCancelled: from `callback`, which diffusers calls after each step, so also just before decoding.
        BrokenPicture: if the model gives no picture.
        RuntimeError, MemoryError: torch's own.
    """
    sampling = request.sampling
    prompt = prompts.encode(request.prompt, with_negative=uses_cfg(sampling))
    generator = torch.Generator().manual_seed(sampling.seed)  # on the CPU: the same noise on every device
    noise = _noise(pipeline, request.size, generator)
    pipeline.scheduler = scheduler
    callback.begin(noise)
    latents = pipeline(
        prompt_embeds=prompt.positive,
        negative_prompt_embeds=prompt.negative,
        latents=noise,
        generator=generator,
        width=request.size.width,
        height=request.size.height,
        num_inference_steps=sampling.num_inference_steps,
        guidance_scale=sampling.guidance_scale,
        output_type="latent",
        callback_on_step_end=callback,
    ).images
    return _decode(pipeline.vae, latents)


def uses_cfg(sampling: Sampling) -> bool:
    """diffusers' rule. Without CFG the negative prompt has no effect."""
    return sampling.guidance_scale > 1.0


def _noise(pipeline: TextToImagePipeline, size: Size, generator: torch.Generator) -> torch.Tensor:
    """What the pipeline would draw itself, drawn here because the first preview shows it."""
    factor = pipeline.vae_scale_factor
    shape = (1, pipeline.unet.config.in_channels, size.height // factor, size.width // factor)
    return torch.randn(shape, generator=generator, dtype=pipeline.dtype).to(pipeline.device)


def _decode(vae: Vae, latents: torch.Tensor) -> Pixels:
    _check_finite(latents)
    image = vae.decode(latents / vae.config.scaling_factor, return_dict=False)[0]
    _check_finite(image)
    pixels = to_pixels(image[0].movedim(0, -1))
    if not pixels.any():
        raise BrokenPicture("all black")
    return pixels


def _check_finite(tensor: torch.Tensor) -> None:
    """NaN would become black and infinity white, without a word."""
    if not bool(torch.isfinite(tensor).all()):
        raise BrokenPicture("not finite")

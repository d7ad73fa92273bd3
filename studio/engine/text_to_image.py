"""One picture from noise: encode the prompt, denoise, decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from studio.core.request import GenerationRequest
from studio.engine.denoise import Sampler, denoise, everything_masked, is_inpainting_model, uses_cfg
from studio.engine.latents import decode, draw_noise, generator_for
from studio.engine.pipeline_types import TextToImagePipeline
from studio.engine.prompt_encoding import PromptEncoder
from studio.engine.prompt_guidance import following

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@torch.inference_mode()
def text_to_image(
    pipeline: TextToImagePipeline, prompts: PromptEncoder, request: GenerationRequest, sampler: Sampler
) -> Pixels:
    """The first picture of `request`. An inpainting model repaints all of a grey picture.

    Raises:
        GenerationCancelled: from the sampler's callback, which is called after each step, so also before decoding.
        BrokenPicture: if the model gives no picture.
        RuntimeError, MemoryError: torch's own.
    """
    sampling = request.sampling
    prompt = prompts.encode(request.prompt, with_negative=uses_cfg(sampling), steps=sampler.steps)
    generator = generator_for(sampling.seed)
    noise = draw_noise(pipeline, request.size, generator)
    sampler.callback.begin(noise)
    if is_inpainting_model(pipeline):
        grey = everything_masked(pipeline, request.size)
        latents = denoise(pipeline, prompt, sampling, sampler, start=torch.zeros_like(noise), known=grey)
    else:
        pipeline.scheduler = sampler.scheduler
        with following(prompt, pipeline.unet):
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
                callback_on_step_end=sampler.callback,
            ).images
    return decode(pipeline.vae, latents)

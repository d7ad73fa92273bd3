"""Denoising that starts from a picture, with models of both kinds: usual ones and those trained for inpainting.

A usual UNet sees the latents alone. That of an inpainting model sees, besides, which cells are masked and the latents
of the picture with grey under the mask: with 4 latent channels it takes 9.
"""

# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false
# (diffusers exports lazily and types its constructors in part; `pipeline_types` has the missing types)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting

from studio.core.geometry import Size
from studio.core.request import Sampling
from studio.engine.latents import encode, generator_for
from studio.engine.pipeline_types import (
    ImageToImagePipeline,
    InpaintPipeline,
    Scheduler,
    SharingPipeline,
    StepEnd,
    TextToImagePipeline,
)
from studio.engine.prompt_encoding import EncodedPrompt
from studio.engine.prompt_guidance import following
from studio.engine.step_callback import StepCallback

NEUTRAL = 127
"""The grey that an inpainting model was trained to see under the mask (0 in its own range of -1 to 1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Sampler:
    """What runs the last `steps` of a request's steps: a fresh scheduler, and what happens between the steps."""

    scheduler: Scheduler
    steps: int
    callback: StepCallback


@dataclass(frozen=True, slots=True, eq=False)
class KnownPicture:
    """What an inpainting model is told: `mask` (1, 1, height, width), 1 = repaint, and the latents around it."""

    mask: torch.Tensor
    latents: torch.Tensor


def is_inpainting_model(pipeline: TextToImagePipeline) -> bool:
    """True when the UNet takes a mask and a masked picture besides the latents."""
    return pipeline.unet.config.in_channels == 2 * pipeline.vae.config.latent_channels + 1


def uses_cfg(sampling: Sampling) -> bool:
    """diffusers' rule. Without CFG the negative prompt has no effect."""
    return sampling.guidance_scale > 1.0


def everything_masked(pipeline: TextToImagePipeline, size: Size) -> KnownPicture:
    """An inpainting model that knows nothing makes a whole picture."""
    latents = encode(pipeline, np.full((size.height, size.width, 3), NEUTRAL, np.uint8))
    return KnownPicture(torch.ones_like(latents[:, :1]), latents)


def denoise(
    pipeline: TextToImagePipeline,
    prompt: EncodedPrompt,
    sampling: Sampling,
    sampler: Sampler,
    *,
    start: torch.Tensor,
    known: KnownPicture | None,
    on_step_end: StepEnd | None = None,
) -> torch.Tensor:
    """Add noise to the latents `start`, as much as `sampler.steps` remove again, and remove it.

    The noise is that of the seed: what `draw_noise` gives. `known` is for inpainting models, and only for those.
    `on_step_end` is called in place of the sampler's callback.
    """
    with following(prompt, pipeline.unet):
        if known is not None:
            return _denoise_masked(pipeline, prompt, sampling, sampler, start, known, on_step_end or sampler.callback)
        return _denoise(pipeline, prompt, sampling, sampler, start, on_step_end or sampler.callback)


def image_to_image_pipeline(pipeline: TextToImagePipeline) -> ImageToImagePipeline:
    """The same weights, used another way; made in a millisecond."""
    return cast("ImageToImagePipeline", _sharing(AutoPipelineForImage2Image, pipeline))


def inpaint_pipeline(pipeline: TextToImagePipeline) -> InpaintPipeline:
    """The same weights, used another way; made in a millisecond."""
    return cast("InpaintPipeline", _sharing(AutoPipelineForInpainting, pipeline))


def _denoise(
    pipeline: TextToImagePipeline,
    prompt: EncodedPrompt,
    sampling: Sampling,
    sampler: Sampler,
    start: torch.Tensor,
    on_step_end: StepEnd,
) -> torch.Tensor:
    image_to_image = image_to_image_pipeline(pipeline)
    image_to_image.scheduler = sampler.scheduler
    return image_to_image(
        prompt_embeds=prompt.positive,
        negative_prompt_embeds=prompt.negative,
        image=start,
        strength=_strength(sampler.steps, sampling.num_inference_steps),
        generator=generator_for(sampling.seed),
        num_inference_steps=sampling.num_inference_steps,
        guidance_scale=sampling.guidance_scale,
        output_type="latent",
        callback_on_step_end=on_step_end,
    ).images


def _denoise_masked(
    pipeline: TextToImagePipeline,
    prompt: EncodedPrompt,
    sampling: Sampling,
    sampler: Sampler,
    start: torch.Tensor,
    known: KnownPicture,
    on_step_end: StepEnd,
) -> torch.Tensor:
    factor = pipeline.vae_scale_factor
    inpaint = inpaint_pipeline(pipeline)
    inpaint.scheduler = sampler.scheduler
    return inpaint(
        prompt_embeds=prompt.positive,
        negative_prompt_embeds=prompt.negative,
        image=start,
        mask_image=known.mask.repeat_interleave(factor, 2).repeat_interleave(factor, 3),
        masked_image_latents=known.latents,
        width=start.shape[3] * factor,
        height=start.shape[2] * factor,
        strength=_strength(sampler.steps, sampling.num_inference_steps),
        generator=generator_for(sampling.seed),
        num_inference_steps=sampling.num_inference_steps,
        guidance_scale=sampling.guidance_scale,
        output_type="latent",
        callback_on_step_end=on_step_end,
    ).images


def _sharing(
    kind: type[AutoPipelineForImage2Image | AutoPipelineForInpainting], pipeline: TextToImagePipeline
) -> object:
    """The VAE is named, because `from_pipe` leaves out one of another class than the pipeline declares."""
    from_pipe = cast("Callable[..., SharingPipeline]", kind.from_pipe)
    shared = from_pipe(pipeline, vae=pipeline.vae)
    shared.set_progress_bar_config(disable=True)
    return shared


def _strength(steps: int, num_inference_steps: int) -> float:
    """The strength with which diffusers runs just so many steps: it rounds their product down."""
    return min(1.0, (steps + 0.5) / num_inference_steps)

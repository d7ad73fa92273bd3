"""The families with a UNet: Stable Diffusion 1 and 2, SDXL and its refiner.

There are two kinds of them: usual ones and those trained for inpainting. A usual UNet sees the latents alone. That of
an inpainting model sees, besides, which cells are masked and the latents of the picture with grey under the mask: with
4 latent channels it takes 9.
"""

# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false
# (diffusers exports lazily and types its constructors in part; `pipeline_types` has the missing types)

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import diffusers
import torch

from studio.core.checkpoint import Prediction
from studio.core.geometry import Size
from studio.core.progress import Ignored
from studio.core.request import Prompt, Sampling
from studio.core.scheduler import SchedulerName
from studio.core.trajectory import NoiseLevel, variance_preserving
from studio.engine.diffusion_model import KnownPicture, PromptEncoder, Sampler
from studio.engine.encoded_prompt import EncodedPrompt
from studio.engine.latents import check_finite, decoded, generator_for, most_likely, to_rgb
from studio.engine.pipeline_types import (
    ImageToImagePipeline,
    InpaintPipeline,
    Model,
    PartsPipeline,
    Scheduler,
    SharingPipeline,
    SigmaScheduler,
    TextToImagePipeline,
)
from studio.engine.placement import compute_device
from studio.engine.prompt_encoding import ClipPromptEncoder
from studio.engine.prompt_guidance import following
from studio.engine.resumed_scheduler import ResumedScheduler
from studio.engine.sampler_change import change_sampler
from studio.engine.schedulers import SchedulerConfig, make_scheduler

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


class UnetModel:
    """A `DiffusionModel` with a UNet, made of the parts of `pipeline`.

    `only_refines`: the pipeline makes pictures from pictures only.
    """

    def __init__(self, pipeline: TextToImagePipeline, scheduler_config: SchedulerConfig, *, only_refines: bool) -> None:
        self._pipeline = pipeline
        self._scheduler_config = scheduler_config
        self._only_refines = only_refines

    @property
    def pixels_per_cell(self) -> int:
        return self._pipeline.vae_scale_factor

    @property
    def is_inpainting(self) -> bool:
        return self._pipeline.unet.config.in_channels == 2 * self._pipeline.vae.config.latent_channels + 1

    @property
    def needs_picture(self) -> bool:
        return self._only_refines

    def uses_negative(self, sampling: Sampling) -> bool:
        """diffusers' rule."""
        return sampling.guidance_scale > 1.0

    @property
    def denoiser(self) -> Model:
        return self._pipeline.unet

    @property
    def prediction(self) -> Prediction:
        return Prediction(self._scheduler_config.get("prediction_type", Prediction.EPSILON))

    @property
    def clip_layers(self) -> int:
        encoders = (self._pipeline.text_encoder, getattr(self._pipeline, "text_encoder_2", None))
        return min(cast("Model", encoder).config.num_hidden_layers for encoder in encoders if encoder is not None)

    def prompt_encoder(self, clip_skip: int) -> PromptEncoder:
        return ClipPromptEncoder(self._pipeline, clip_skip=clip_skip)

    def ignored(self, prompt: Prompt, sampling: Sampling) -> list[Ignored]:
        return []

    def feasible(self, sampling: Sampling) -> Sampling:
        return sampling

    def make_scheduler(self, sampling: Sampling, *, corrects: bool) -> Scheduler:
        return make_scheduler(
            sampling.scheduler,
            self._scheduler_config,
            sampling.num_inference_steps,
            schedule=sampling.schedule,
            corrects=corrects,
        )

    def change_sampler(
        self, cells: torch.Tensor, old: Scheduler, new: Scheduler, steps: int, left: int
    ) -> torch.Tensor:
        return change_sampler(cells, old, new, num_inference_steps=steps, steps_left=left)

    def noise_levels(self) -> tuple[NoiseLevel, ...]:
        scheduler = make_scheduler(SchedulerName.DDIM, self._scheduler_config, 1)
        kept = cast("SigmaScheduler", scheduler).alphas_cumprod.double()
        return tuple(map(variance_preserving, map(float, kept)))

    def draw_noise(self, size: Size, generator: torch.Generator) -> torch.Tensor:
        factor = self.pixels_per_cell
        shape = (1, self._pipeline.vae.config.latent_channels, size.height // factor, size.width // factor)
        noise = torch.randn(shape, generator=generator, dtype=self._pipeline.unet.dtype)
        return noise.to(compute_device(self._pipeline))

    def encode(self, pixels: Pixels) -> torch.Tensor:
        vae = self._pipeline.vae
        latents = most_likely(vae, to_rgb(pixels, vae)) * vae.config.scaling_factor
        return latents.to(self._pipeline.unet.dtype)

    def decode(self, latents: torch.Tensor) -> Pixels:
        check_finite(latents)
        vae = self._pipeline.vae
        return decoded(vae, latents.to(vae.dtype) / vae.config.scaling_factor)

    def as_cells(self, latents: torch.Tensor, size: Size) -> torch.Tensor:
        return latents

    def denoise_noise(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        noise: torch.Tensor,
        generator: torch.Generator,
    ) -> torch.Tensor:
        factor = self.pixels_per_cell
        self._pipeline.scheduler = sampler.scheduler
        with following(prompt, self._pipeline.unet):
            return self._pipeline(
                **_embeddings(prompt),
                latents=noise,
                generator=generator,
                width=noise.shape[3] * factor,
                height=noise.shape[2] * factor,
                num_inference_steps=sampling.num_inference_steps,
                guidance_scale=sampling.guidance_scale,
                output_type="latent",
                callback_on_step_end=sampler.on_step_end,
            ).images

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
        with following(prompt, self._pipeline.unet):
            if known is not None:
                return self._denoise_masked(prompt, sampling, sampler, start, known, generator)
            return self._denoise_noisy(prompt, sampling, sampler, start, generator)

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
        """As from a picture, only that the noise is in it. The pipelines draw some all the same."""
        scheduler = ResumedScheduler(sampler.scheduler, sampler.scheduler.timesteps, generator)
        resumed = Sampler(cast("Scheduler", scheduler), sampler.steps, sampler.on_step_end)
        unused = generator_for(sampling.seed)
        return self.denoise_picture(prompt, sampling, resumed, start=latents, known=known, generator=unused)

    def _denoise_noisy(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        start: torch.Tensor,
        generator: torch.Generator,
    ) -> torch.Tensor:
        image_to_image = image_to_image_pipeline(self._pipeline)
        image_to_image.scheduler = sampler.scheduler
        return image_to_image(
            **_embeddings(prompt),
            image=start,
            strength=_strength(sampler.steps, sampling.num_inference_steps),
            generator=generator,
            num_inference_steps=sampling.num_inference_steps,
            guidance_scale=sampling.guidance_scale,
            output_type="latent",
            callback_on_step_end=sampler.on_step_end,
        ).images

    def _denoise_masked(
        self,
        prompt: EncodedPrompt,
        sampling: Sampling,
        sampler: Sampler,
        start: torch.Tensor,
        known: KnownPicture,
        generator: torch.Generator,
    ) -> torch.Tensor:
        factor = self.pixels_per_cell
        inpaint = inpaint_pipeline(self._pipeline)
        inpaint.scheduler = sampler.scheduler
        return inpaint(
            **_embeddings(prompt),
            image=start,
            mask_image=known.mask.repeat_interleave(factor, 2).repeat_interleave(factor, 3),
            masked_image_latents=known.latents,
            width=start.shape[3] * factor,
            height=start.shape[2] * factor,
            strength=_strength(sampler.steps, sampling.num_inference_steps),
            generator=generator,
            num_inference_steps=sampling.num_inference_steps,
            guidance_scale=sampling.guidance_scale,
            output_type="latent",
            callback_on_step_end=sampler.on_step_end,
        ).images


def image_to_image_pipeline(pipeline: TextToImagePipeline) -> ImageToImagePipeline:
    """The same weights, used another way; made in a millisecond."""
    return cast("ImageToImagePipeline", _sharing(pipeline, "Img2ImgPipeline"))


def inpaint_pipeline(pipeline: TextToImagePipeline) -> InpaintPipeline:
    """The same weights, used another way; made in a millisecond."""
    return cast("InpaintPipeline", _sharing(pipeline, "InpaintPipeline"))


def _sharing(pipeline: TextToImagePipeline, kind: str) -> SharingPipeline:
    """What `AutoPipelineFor...from_pipe` makes; importing that would import every pipeline there is, for a second."""
    family = type(pipeline).__name__.removesuffix("Pipeline").removesuffix("Img2Img")
    construct = cast("Callable[..., SharingPipeline]", getattr(diffusers, family + kind))
    parts, known = cast("PartsPipeline", pipeline), inspect.signature(construct).parameters
    settings = {name: value for name, value in parts.config.items() if name in known}
    shared = construct(**{**settings, **parts.components})
    shared.set_progress_bar_config(disable=True)
    return shared


def _embeddings(prompt: EncodedPrompt) -> dict[str, torch.Tensor | None]:
    named = {"prompt_embeds": prompt.positive, "negative_prompt_embeds": prompt.negative}
    if prompt.positive_pooled is None:
        return named
    return {
        **named,
        "pooled_prompt_embeds": prompt.positive_pooled,
        "negative_pooled_prompt_embeds": prompt.negative_pooled,
    }


def _strength(steps: int, num_inference_steps: int) -> float:
    """The strength with which diffusers runs just so many steps: it rounds their product down."""
    return min(1.0, (steps + 0.5) / num_inference_steps)

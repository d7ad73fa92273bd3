"""Pictures to latents and back, and the noise that a seed means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from studio.core.errors import BrokenPicture
from studio.core.geometry import Size
from studio.engine.pipeline_types import ExactLatents, TextToImagePipeline, Vae
from studio.engine.placement import compute_device
from studio.engine.preview import to_pixels

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels


def generator_for(seed: int) -> torch.Generator:
    """On the CPU: the same noise on every device."""
    return torch.Generator().manual_seed(seed)


def draw_noise(pipeline: TextToImagePipeline, size: Size, generator: torch.Generator) -> torch.Tensor:
    """What a pipeline would draw itself from `generator`: (1, channels, height, width) in cells, of variance 1."""
    factor = pipeline.vae_scale_factor
    shape = (1, pipeline.vae.config.latent_channels, size.height // factor, size.width // factor)
    return torch.randn(shape, generator=generator, dtype=pipeline.dtype).to(compute_device(pipeline))


def encode(pipeline: TextToImagePipeline, pixels: Pixels) -> torch.Tensor:
    """The latents of a picture as the UNet sees them: the most likely ones, so that they are the same every time.

    Raises:
        BrokenPicture: if they are not finite.
    """
    rgb = torch.tensor(pixels).movedim(-1, 0)[None].contiguous() / 255 * 2 - 1  # in float32: half types are too coarse
    encoded = pipeline.vae.encode(rgb.to(compute_device(pipeline), pipeline.dtype))
    latents = encoded.latents if isinstance(encoded, ExactLatents) else encoded.latent_dist.mode()
    _check_finite(latents)
    return latents * pipeline.vae.config.scaling_factor


def encode_mask(pipeline: TextToImagePipeline, mask: MaskPixels) -> torch.Tensor:
    """(1, 1, height, width) in cells, 0 to 1. A cell is as strong as its strongest pixel: all that was painted over is
    repainted, and what that changes beside it the composite hides.
    """
    strengths = torch.tensor(mask).to(compute_device(pipeline), torch.float32)[None, None] / 255
    return torch.nn.functional.max_pool2d(strengths, pipeline.vae_scale_factor).to(pipeline.dtype)


def decode(vae: Vae, latents: torch.Tensor) -> Pixels:
    """The picture of latents.

    Raises:
        BrokenPicture: if it is not finite, or all black.
    """
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

"""Pictures to latents and back, and the noise that a seed means: what all families do alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from studio.core.errors import BrokenPicture
from studio.core.geometry import Size
from studio.engine.diffusion_model import DiffusionModel, KnownPicture
from studio.engine.pipeline_types import ExactLatents, Vae
from studio.engine.preview import to_pixels

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

NEUTRAL = 127
"""The grey that an inpainting model was trained to see under the mask (0 in its own range of -1 to 1)."""


def generator_for(seed: int) -> torch.Generator:
    """On the CPU: the same noise on every device."""
    return torch.Generator().manual_seed(seed)


def to_rgb(pixels: Pixels, vae: Vae) -> torch.Tensor:
    """(1, 3, height, width) from -1 to 1, where and how `vae` wants it."""
    rgb = torch.tensor(pixels).movedim(-1, 0)[None].contiguous() / 255 * 2 - 1  # in float32: half types are too coarse
    return rgb.to(vae.device, vae.dtype)


def most_likely(vae: Vae, rgb: torch.Tensor) -> torch.Tensor:
    """The latents of a picture, unscaled: the most likely ones, so that they are the same every time.

    Raises:
        BrokenPicture: if they are not finite.
    """
    encoded = vae.encode(rgb)
    latents = encoded.latents if isinstance(encoded, ExactLatents) else encoded.latent_dist.mode()
    check_finite(latents)
    return latents


def decoded(vae: Vae, latents: torch.Tensor) -> Pixels:
    """The picture of unscaled latents.

    Raises:
        BrokenPicture: if it is not finite, or all black.
    """
    image = vae.decode(latents.to(vae.dtype), return_dict=False)[0]
    check_finite(image)
    pixels = to_pixels(image[0].movedim(0, -1).reshape(*image.shape[-2:], 3))
    if not pixels.any():
        raise BrokenPicture("all black")
    return pixels


def check_finite(tensor: torch.Tensor) -> None:
    """NaN would become black and infinity white, without a word."""
    if not bool(torch.isfinite(tensor).all()):
        raise BrokenPicture("not finite")


def cells_of_mask(model: DiffusionModel, mask: MaskPixels, like: torch.Tensor) -> torch.Tensor:
    """(1, 1, height, width) in cells, 0 to 1. A cell is as strong as its strongest pixel: all that was painted over is
    repainted, and what that changes beside it the composite hides.
    """
    strengths = torch.tensor(mask).to(like.device, torch.float32)[None, None] / 255
    return torch.nn.functional.max_pool2d(strengths, model.pixels_per_cell).to(like.dtype)


def everything_masked(model: DiffusionModel, size: Size) -> KnownPicture:
    """An inpainting model that knows nothing makes a whole picture."""
    latents = model.encode(np.full((size.height, size.width, 3), NEUTRAL, np.uint8))
    return KnownPicture(torch.ones_like(latents[:, :1]), latents)

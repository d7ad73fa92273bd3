"""Small pictures of a latent while it is being made: one matrix product instead of the whole VAE."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from studio.core.checkpoint import ModelFamily
from studio.core.pixels import frozen_pixels
from studio.core.trajectory import LatentColours

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class LatentRgb:
    """A linear map from a latent's channels to RGB in -1 to 1.

    `factors` is (channels, 3) and `bias` (3,), both float32, fitted on latents as the UNet sees them (already
    multiplied by the VAE's scaling factor). Where the VAE's decoder limits its input softly (`AutoencoderTiny` does,
    to 3), `soft_limit` does so first: early guesses lie far outside.
    """

    factors: torch.Tensor
    bias: torch.Tensor
    soft_limit: float | None

    def __call__(self, latents: torch.Tensor) -> Pixels:
        """The picture of the first of `latents` (batch, channels, height, width), one pixel for each cell.

        FLUX.2 puts squares of four cells together in one of four times the channels; they are taken apart first.
        """
        if latents.shape[1] == 4 * len(self.factors):
            latents = torch.nn.functional.pixel_shuffle(latents, 2)
        cells = softly_limited(latents[0].movedim(0, -1).float(), self.soft_limit)
        rgb = cells @ self.factors + self.bias
        return to_pixels(rgb)

    def colours(self) -> LatentColours:
        """The same map for others than the engine."""
        return LatentColours(tuple(map(_triple, self.factors)), _triple(self.bias), self.soft_limit)


def _triple(values: torch.Tensor) -> tuple[float, float, float]:
    red, green, blue = map(float, values)
    return red, green, blue


def softly_limited(latents: torch.Tensor, limit: float | None) -> torch.Tensor:
    """As `diffusers.models.autoencoders.vae.DecoderTiny` does; unchanged without a limit."""
    return latents if limit is None else torch.tanh(latents / limit) * limit


def to_pixels(rgb: torch.Tensor) -> Pixels:
    """Turn (height, width, 3) from -1 to 1 into bytes. Rounded where it lies: a quarter of the data crosses the bus."""
    bytes_ = rgb.float().mul(127.5).add_(127.5).round_().clamp_(0, 255).to(torch.uint8)
    return frozen_pixels(bytes_.cpu().numpy())


def read_latent_rgb(path: Path, vae_sha256: str, family: ModelFamily, device: torch.device) -> LatentRgb | None:
    """The factors for the VAE whose weight file has this sha256, else those for the latents of `family`, else None.

    `path` is a JSON list of objects: `latent_space` (a name for people), `vae_sha256` or `families` (values of
    ModelFamily), `factors` ([r, g, b] for each channel), `bias` ([r, g, b]) and `soft_limit` (a number or null).
    """
    entries = json.loads(path.read_text(encoding="utf-8"))
    fitted = [entry for entry in entries if entry.get("vae_sha256") == vae_sha256]
    of_family = [entry for entry in entries if family.value in entry.get("families", ())]
    for entry in fitted or of_family:
        return LatentRgb(
            torch.tensor(entry["factors"], dtype=torch.float32, device=device),
            torch.tensor(entry["bias"], dtype=torch.float32, device=device),
            entry["soft_limit"],
        )
    return None

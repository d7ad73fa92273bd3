"""Noise between that of two seeds."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from studio.core.geometry import Size
from studio.engine.diffusion_model import DiffusionModel
from studio.engine.latents import generator_for
from studio.imaging.interpolation import slerp


@dataclass(frozen=True, slots=True)
class OtherSeed:
    """`share` (0 to 1) of the way to `seed`."""

    seed: int
    share: float

    def on_the_way_from(
        self, noise: torch.Tensor, generator: torch.Generator, model: DiffusionModel, size: Size
    ) -> tuple[torch.Tensor, torch.Generator]:
        """What lies between `noise`, which `generator` drew, and this seed's; and who draws what a sampler adds later:
        the nearer seed's generator.
        """
        if self.share <= 0:
            return noise, generator
        other_generator = generator_for(self.seed)
        other = model.draw_noise(size, other_generator)
        if self.share >= 1:
            return other, other_generator
        between = torch.tensor(slerp(noise.float().cpu().numpy(), other.float().cpu().numpy(), self.share))
        return between.to(noise), generator if self.share < 0.5 else other_generator

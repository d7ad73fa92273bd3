"""A picture through a VAE and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.trajectory import LatentColours

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.trajectory import Latents


@dataclass(frozen=True, slots=True, eq=False)
class RoundTrip:
    """The `latents` of a picture, and what the VAE makes of them again: `decoded`, as large as the picture.

    `colours` show latents without a network; None where nobody fitted any for the model.
    """

    latents: Latents
    decoded: Pixels
    colours: LatentColours | None

"""A picture as a model sees it: asked of the engine, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.checkpoint import Checkpoint
from studio.core.round_trip import RoundTrip
from studio.core.trajectory import NoiseLevel

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Look at `pixels` as `checkpoint` does; their sides are ones that its family can make."""

    checkpoint: Checkpoint
    pixels: Pixels


@dataclass(frozen=True, slots=True, eq=False)
class StudiedPicture:
    """`levels` is how much noise the model was trained to see at each timestep, at [t]; `trip` is the picture through
    its VAE and back.
    """

    pixels: Pixels
    levels: tuple[NoiseLevel, ...]
    trip: RoundTrip

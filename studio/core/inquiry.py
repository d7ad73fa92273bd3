"""What somebody wants to know of the engine that makes no picture; what is found is told bit by bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType, TypeAlias

from studio.core.checkpoint import Checkpoint
from studio.core.geometry import Size
from studio.core.lesson import Learned, Lesson
from studio.core.noise_error import NoiseError
from studio.core.request import GenerationRequest, Prompt
from studio.core.round_trip import RoundTrip
from studio.core.step_inside import StepInside

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.trajectory import Latents

InquiryId = NewType("InquiryId", str)
"""A UUID4 as 32 hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class InsideOfSteps:
    """What happens in each step of the first picture of `request`: a `StepInside` each, the first step first."""

    request: GenerationRequest


@dataclass(frozen=True, slots=True, eq=False)
class NoiseGuesses:
    """How well `checkpoint` tells the noise in `pixels`: a `NoiseError` at `count` timesteps, the most noise first.

    As `GenerationSession.noise_errors`.
    """

    checkpoint: Checkpoint
    pixels: Pixels
    prompt: Prompt
    count: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class DecodedLatents:
    """What `checkpoint` makes of these latents: `Pixels` of `size`."""

    checkpoint: Checkpoint
    latents: Latents
    size: Size


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPicture:
    """A picture to latents and back: a `RoundTrip`."""

    checkpoint: Checkpoint
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class BetweenSeeds:
    """What `request` (from noise) makes between its seed and `other_seed`: `Pixels` at `share` (0 to 1) of the way.

    As `GenerationSession.between_seeds`.
    """

    request: GenerationRequest
    other_seed: int
    share: float


Question: TypeAlias = InsideOfSteps | NoiseGuesses | DecodedLatents | EncodedPicture | BetweenSeeds | Lesson
Finding: TypeAlias = "StepInside | NoiseError | RoundTrip | Pixels | Learned"

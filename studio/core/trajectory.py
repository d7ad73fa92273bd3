"""How a picture came out of noise: what the network saw in each step, and what it made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from studio.core.scheduler import SchedulerName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Latents: TypeAlias = NDArray[np.float16]
    """float16, shape (channels, height, width) in cells, C-contiguous and read-only; scaled as the network sees them:
    to a variance of about 1."""
    Cells: TypeAlias = NDArray[np.bool_]
    """(height, width) in cells."""


@dataclass(frozen=True, slots=True)
class NoiseLevel:
    """Noisy latents are `signal * x0 + noise * eps`, with eps of variance 1; both are 0 to 1.

    Models that learned to remove noise keep the variance: signal = sqrt(alpha_bar), noise = sqrt(1 - alpha_bar).
    Models of rectified flow go straight: signal = 1 - sigma, noise = sigma.
    """

    signal: float
    noise: float

    @property
    def alpha_bar(self) -> float:
        """The signal's share of the variance, 0 to 1."""
        return self.signal**2 / (self.signal**2 + self.noise**2)

    @property
    def sigma(self) -> float:
        """Noise by signal, as k-diffusion counts it; infinite for pure noise."""
        return self.noise / self.signal if self.signal > 0 else math.inf


def variance_preserving(alpha_bar: float) -> NoiseLevel:
    """The level of latents whose variance stays 1, with the share `alpha_bar` (0 to 1) of signal in it."""
    return NoiseLevel(math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar))


@dataclass(frozen=True, slots=True)
class LatentColours:
    """The linear map from a latent's channels to RGB in -1 to 1 that previews are made with.

    `factors` has (r, g, b) for each channel, `bias` is (r, g, b); what goes beyond `soft_limit` is first limited
    softly, as the VAE's decoder does it.
    """

    factors: tuple[tuple[float, float, float], ...]
    bias: tuple[float, float, float]
    soft_limit: float | None


@dataclass(frozen=True, slots=True, eq=False)
class TrajectoryStep:
    """One step: `latents` (x_t) with `level` of noise went in, and the network expected `predicted` (x0) behind it.

    `timestep` is what the network was told: 1000 for nothing but noise, 0 for none.
    """

    timestep: float
    level: NoiseLevel
    latents: Latents
    predicted: Latents

    def __post_init__(self) -> None:
        for array in (self.latents, self.predicted):
            array.setflags(write=False)

    def __reduce__(self) -> tuple[object, ...]:
        """numpy forgets on the way through pickle that an array is read-only."""
        return TrajectoryStep, (self.timestep, self.level, self.latents, self.predicted)

    @property
    def norm(self) -> float:
        """The root mean square of x_t: about 1 while there is much noise."""
        return root_mean_square(self.latents)


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """All steps of one picture, the first one first; at least one.

    `sampler` made them. `colours` show latents without a network; None where nobody fitted any for the model.
    `strengths` (height, width) says of inpainting how strongly each cell is repainted, 0 to 1; None where nothing is
    put back, and where that was not recorded.
    """

    sampler: SchedulerName
    steps: tuple[TrajectoryStep, ...]
    colours: LatentColours | None
    strengths: NDArray[np.float16] | None = None

    def __post_init__(self) -> None:
        if self.strengths is not None:
            self.strengths.setflags(write=False)

    def __reduce__(self) -> tuple[object, ...]:
        return Trajectory, (self.sampler, self.steps, self.colours, self.strengths)

    def free_cells(self, index: int) -> Cells | None:
        """Those that the step (from 0) got from the model; in all others the picture that is kept was put back before
        it, with as much noise. The first step gets it everywhere: these are then the cells that it may change. None
        without `strengths`.

        As `studio.engine.put_back.PutBack` does it: the last s * n of n steps, rounded up, for the strength s.
        """
        if self.strengths is None:
            return None
        return self.strengths > max(0.0, 1 - (index + 1) / len(self.steps))

    @property
    def changes(self) -> tuple[float, ...]:
        """How far x0 moved in each step: the root mean square of its difference to the step before; 0 for the first."""
        import numpy as np

        guesses = [step.predicted.astype(np.float32) for step in self.steps]
        return (
            0.0,
            *(root_mean_square(later - earlier) for earlier, later in pairwise(guesses)),
        )


def root_mean_square(array: NDArray[np.floating]) -> float:
    """How large the values are on the whole: about 1 for latents."""
    import numpy as np

    return float(np.sqrt(np.mean(np.square(array, dtype=np.float32))))

"""A trajectory as the window shows it: pictures of latents, and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.scheduler import SchedulerName
from studio.core.trajectory import NoiseLevel

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.trajectory import Cells, LatentColours, Latents, Trajectory


@dataclass(frozen=True, slots=True, eq=False)
class ShownStep:
    """`noisy` (x_t) went in with `level` of noise, `guess` (x0) is what the model expected behind it: one pixel for
    each cell. `norm` and `change` as in `Trajectory`, `free` as its `free_cells`.
    """

    timestep: float
    level: NoiseLevel
    norm: float
    change: float
    noisy: Pixels
    guess: Pixels
    free: Cells | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ShownProcess:
    """At least one step. Latents are (channels, rows, columns); without colours, which nobody fitted for this model,
    the first channel is shown in grey.
    """

    sampler: SchedulerName
    steps: tuple[ShownStep, ...]
    shape: tuple[int, int, int]
    has_colours: bool


def shown_process(trajectory: Trajectory) -> ShownProcess:
    """In the background: a few milliseconds for each step of a large picture."""
    colours = trajectory.colours
    steps = tuple(
        ShownStep(
            step.timestep,
            step.level,
            step.norm,
            change,
            picture_of(step.latents, colours),
            picture_of(step.predicted, colours),
            trajectory.free_cells(index),
        )
        for index, (step, change) in enumerate(zip(trajectory.steps, trajectory.changes, strict=True))
    )
    channels, rows, columns = trajectory.steps[0].latents.shape
    return ShownProcess(trajectory.sampler, steps, (channels, rows, columns), colours is not None)


def guesses_of(trajectory: Trajectory) -> list[Pixels]:
    """What the model expected in each step, one pixel for each cell."""
    return [picture_of(step.predicted, trajectory.colours) for step in trajectory.steps]


def picture_of(latents: Latents, colours: LatentColours | None) -> Pixels:
    """One pixel for each cell, in colour where colours are known."""
    import numpy as np

    from studio.core.pixels import frozen_pixels
    from studio.imaging.latent_picture import channel_picture, latent_picture

    if colours is not None:
        return latent_picture(latents, colours)
    return frozen_pixels(np.repeat(channel_picture(latents[0])[:, :, None], 3, axis=2))

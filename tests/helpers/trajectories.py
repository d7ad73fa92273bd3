"""Trajectories without an engine."""

from __future__ import annotations

import math

import numpy as np

from studio.core.scheduler import SchedulerName
from studio.core.trajectory import LatentColours, NoiseLevel, Trajectory, TrajectoryStep

COLOURS = LatentColours(((0.3, 0.2, 0.1), (0.1, -0.2, 0.1), (-0.3, 0.1, 0.2), (0.0, 0.1, -0.2)), (0.1, 0.0, 0.0), None)


def a_trajectory(*, steps: int = 4, side: int = 8, seed: int = 0) -> Trajectory:
    """Real noise over a random latent, `side` cells square."""
    chance = np.random.default_rng(seed)
    x0, eps = chance.standard_normal((2, 4, side, side))
    made: list[TrajectoryStep] = []
    for number in range(steps):
        alpha_bar = (number + 0.5) / steps
        level = NoiseLevel(math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar))
        latents = level.signal * x0 + level.noise * eps
        predicted = x0 + 0.3 * level.noise * chance.standard_normal(x0.shape)
        made.append(
            TrajectoryStep(999 * (1 - alpha_bar), level, latents.astype(np.float16), predicted.astype(np.float16))
        )
    return Trajectory(SchedulerName.DPMPP_2M, tuple(made), COLOURS)

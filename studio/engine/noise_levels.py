"""How the noise levels (sigmas) of a picture's steps are spaced between the highest and the lowest.

`trained` are the levels of all steps that the model was trained with, rising; results fall.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Levels: TypeAlias = NDArray[np.float64]

_KARRAS_RHO = 7.0
_BETA = 0.6
"""Both parameters of the beta distribution, as its paper recommends."""
_BETA_GRID = 20_001


def karras_levels(trained: Levels, count: int) -> Levels:
    """Close together where there is little noise (Karras et al. 2022, arXiv 2206.00364, equation 5)."""
    ramp = np.linspace(0, 1, count)
    first, last = (float(level ** (1 / _KARRAS_RHO)) for level in (trained[-1], trained[0]))
    return (first + ramp * (last - first)) ** _KARRAS_RHO


def exponential_levels(trained: Levels, count: int) -> Levels:
    """Each is the same part of the one before."""
    return np.exp(np.linspace(math.log(trained[-1]), math.log(trained[0]), count))


def beta_levels(trained: Levels, count: int) -> Levels:
    """Close together at both ends of the trained steps (Lee et al. 2024, arXiv 2407.12173), as in ComfyUI.

    diffusers spreads the levels so and not the steps: nearly all of them are then in the noise, and samplers of second
    order fall apart.
    """
    steps = beta_quantiles(1 - np.linspace(0, 1, count, endpoint=False)) * (len(trained) - 1)
    return np.interp(steps, np.arange(len(trained)), trained)


def beta_quantiles(probabilities: Levels) -> Levels:
    """The quantiles of the beta distribution with both parameters 0.6, right to about 1e-5.

    With x = sin(t)**2 its density becomes (sin(t) * cos(t))**0.2, which is finite everywhere and can be summed. SciPy
    has the function too, and would cost 35 MB and a second of every start for it.
    """
    angles = np.linspace(0, np.pi / 2, _BETA_GRID)
    middles = (angles[1:] + angles[:-1]) / 2
    density = (np.sin(middles) * np.cos(middles)) ** (2 * _BETA - 1)
    cumulative = np.concatenate([[0.0], np.cumsum(density)])
    return np.sin(np.interp(probabilities, cumulative / cumulative[-1], angles)) ** 2

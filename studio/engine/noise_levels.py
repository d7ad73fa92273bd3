"""How the noise levels (sigmas) of a picture's steps are spaced between the highest and the lowest."""

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


def karras_levels(highest: float, lowest: float, count: int) -> Levels:
    """Close together where there is little noise (Karras et al. 2022, arXiv 2206.00364, equation 5)."""
    ramp = np.linspace(0, 1, count)
    first, last = (float(level ** (1 / _KARRAS_RHO)) for level in (highest, lowest))
    return (first + ramp * (last - first)) ** _KARRAS_RHO


def exponential_levels(highest: float, lowest: float, count: int) -> Levels:
    """Each is the same part of the one before."""
    return np.exp(np.linspace(math.log(highest), math.log(lowest), count))


def beta_levels(highest: float, lowest: float, count: int) -> Levels:
    """Close together at both ends (Lee et al. 2024, arXiv 2407.12173), as A1111 and diffusers read that paper."""
    return lowest + beta_quantiles(1 - np.linspace(0, 1, count)) * (highest - lowest)


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

"""What lies between two latents, or between the noise of two seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEARLY_PARALLEL = 1e-3
"""Radians: nearer to 0 or to a half turn than this, the arc cannot be told from a line, or has no one way to go."""


def slerp(
    first: NDArray[np.floating], second: NDArray[np.floating], share: float
) -> NDArray[np.floating] | NDArray[np.float32]:
    """The point at `share` (0 to 1) of the way along the arc from `first` to `second` (K. Shoemake, Animating Rotation
    with Quaternion Curves, SIGGRAPH 1985); the arrays have one shape and are taken as vectors.

    Noise of variance 1 stays so on the way: a straight line would lead through half of it, which no model has seen. The
    ends are the arrays themselves. Vectors that point the same way, or opposite ways, have a line between them.
    """
    if share <= 0:
        return first
    if share >= 1:
        return second
    one, other = first.astype(np.float64), second.astype(np.float64)
    angle = _angle(one, other)
    if min(angle, np.pi - angle) < _NEARLY_PARALLEL:
        return ((1 - share) * one + share * other).astype(np.float32)
    whole = np.sin(angle)
    return (np.sin((1 - share) * angle) / whole * one + np.sin(share * angle) / whole * other).astype(np.float32)


def even_shares(count: int) -> tuple[float, ...]:
    """`count` (2 or more) places from 0 to 1, both ends among them."""
    return tuple(place / (count - 1) for place in range(count))


def _angle(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.arccos(np.clip(np.vdot(one, other) / lengths, -1, 1))) if lengths > 0 else 0.0

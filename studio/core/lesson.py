"""Training that is small enough to be watched: what is learned from, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Train a new noise predictor on `pictures` (1 to 16, square) for `seconds`, or `most_steps` if those come first.

    The same seed means the same weights, noise and order.
    """

    pictures: tuple[Pixels, ...]
    seconds: float
    most_steps: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """After `step` steps and `seconds`: the loss of each group of steps so far, and what is made of `samples`' noise,
    always the same; each is as large as what was learned from.
    """

    step: int
    seconds: float
    losses: tuple[float, ...]
    samples: tuple[Pixels, ...]

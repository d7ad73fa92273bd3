"""The forward process on arrays: x_t = signal * x0 + noise * eps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studio.core.pixels import frozen_pixels
from studio.core.trajectory import NoiseLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.core.pixels import Pixels


def draw_noise(shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    """eps: independent values with mean 0 and variance 1, the same for the same seed (0 to 2**64 - 1)."""
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def noised(x0: NDArray[np.float32], level: NoiseLevel, eps: NDArray[np.float32]) -> NDArray[np.float32]:
    """x_t; the arrays have one shape."""
    return (x0 * level.signal + eps * level.noise).astype(np.float32, copy=False)


def noised_picture(pixels: Pixels, level: NoiseLevel, seed: int) -> Pixels:
    """`pixels`, as -1 to 1, with noise; what is then darker than black or lighter than white is cut."""
    x0 = pixels.astype(np.float32) / 127.5 - 1
    x_t = noised(x0, level, draw_noise(x0.shape, seed))
    return frozen_pixels(np.clip(np.round(x_t * 127.5 + 127.5), 0, 255).astype(np.uint8))

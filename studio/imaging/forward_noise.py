"""The forward process on arrays: x_t = signal * x0 + noise * eps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studio.core.pixels import frozen_pixels
from studio.core.trajectory import NoiseLevel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.core.pixels import Pixels
    from studio.core.trajectory import Latents


def draw_noise(shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    """eps: independent values with mean 0 and variance 1, the same for the same seed (0 to 2**64 - 1)."""
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def noised(x0: NDArray[np.float32], level: NoiseLevel, eps: NDArray[np.float32]) -> NDArray[np.float32]:
    """x_t; the arrays have one shape."""
    return (x0 * level.signal + eps * level.noise).astype(np.float32, copy=False)


def noised_picture(pixels: Pixels, level: NoiseLevel, seed: int) -> Pixels:
    """`pixels`, as -1 to 1, with noise; what is then darker than black or lighter than white is cut."""
    return NoisyPicture(pixels, seed).at(level)


class NoisyPicture:
    """A picture with one draw of noise, at any level: fast enough to follow a slider."""

    def __init__(self, pixels: Pixels, seed: int) -> None:
        self._x0 = pixels.astype(np.float32) / 127.5 - 1
        self._eps = draw_noise(pixels.shape, seed)

    def at(self, level: NoiseLevel) -> Pixels:
        """As `noised_picture`."""
        x_t = noised(self._x0, level, self._eps)
        x_t *= 127.5
        x_t += 127.5
        return frozen_pixels(np.clip(np.round(x_t, out=x_t), 0, 255, out=x_t).astype(np.uint8))


class NoisyLatents:
    """The same of latents, float16 as they come."""

    def __init__(self, latents: Latents, seed: int) -> None:
        self._x0 = latents.astype(np.float32)
        self._eps = draw_noise(latents.shape, seed)

    def at(self, level: NoiseLevel) -> Latents:
        return noised(self._x0, level, self._eps).astype(np.float16)

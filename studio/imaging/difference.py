"""How two pictures differ, pixel by pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.core.pixels import frozen_pixels

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

_DIMMEST_SEEN = 64
"""A difference of one level is hard to see: small ones are brightened to this."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """`pixels` is black where the two are alike and brighter where they differ more.

    `share` is the part of the pixels that differ at all, 0 to 1; `largest` the largest difference of a channel, 0 to
    255. `scaled` says that the second picture had another size and was scaled to that of the first.
    """

    pixels: Pixels
    share: float
    largest: int
    scaled: bool


def difference(first: Pixels, second: Pixels) -> Difference:
    """Of two pictures, height x width x 3, of any sizes; the result has the size of the first."""
    scaled = first.shape != second.shape
    if scaled:
        second = _scaled(second, first.shape[1], first.shape[0])
    apart = np.maximum(first, second) - np.minimum(first, second)
    differs = apart.any(axis=2)
    return Difference(frozen_pixels(_SEEN[apart]), float(differs.mean()), int(apart.max()), scaled)


def peak_signal_to_noise(first: Pixels, second: Pixels) -> float:
    """PSNR of two pictures of one size in decibels; infinite for the same pixels."""
    apart = first.astype(np.float64) - second
    mean_square = float(np.mean(np.square(apart)))
    return 10 * math.log10(255**2 / mean_square) if mean_square > 0 else math.inf


def root_mean_square(first: Pixels, second: Pixels) -> float:
    """Of the differences of two pictures of one size, in levels of 0 to 255; 0 for the same pixels."""
    return float(np.sqrt(np.mean(np.square(first.astype(np.float32) - second))))


def _scaled(pixels: Pixels, width: int, height: int) -> Pixels:
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS))


def _seen_levels() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    levels = np.arange(256)
    seen = _DIMMEST_SEEN + levels * (255 - _DIMMEST_SEEN) // 255
    return np.where(levels == 0, 0, seen).astype(np.uint8)


_SEEN = _seen_levels()

"""Forward noising: what the formula says, checked by its statistics over many draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studio.core.trajectory import NoiseLevel
from studio.imaging.forward_noise import draw_noise, noised, noised_picture

LEVELS = [NoiseLevel(math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)) for alpha_bar in (0.99, 0.5, 0.05)]
DRAWS = 20_000


@pytest.mark.parametrize("level", LEVELS)
def test_mean_and_variance_are_those_of_the_theory(level: NoiseLevel) -> None:
    """For a fixed x0, x_t has the mean signal * x0 and the variance noise**2: within five standard errors."""
    x0 = np.linspace(-1, 1, 16, dtype=np.float32)
    draws = noised(np.broadcast_to(x0, (DRAWS, 16)), level, draw_noise((DRAWS, 16), seed=1)).astype(np.float64)
    assert np.abs(draws.mean(0) - level.signal * x0).max() < 5 * level.noise / math.sqrt(DRAWS)
    assert np.abs(draws.var(0) - level.noise**2).max() < 5 * level.noise**2 * math.sqrt(2 / DRAWS)
    correlations = np.corrcoef(draws.T) - np.eye(16)
    assert np.abs(correlations).max() < 5 / math.sqrt(DRAWS), "each value has noise of its own"


@pytest.mark.parametrize("level", LEVELS)
def test_what_has_variance_1_keeps_it(level: NoiseLevel) -> None:
    x0 = np.random.default_rng(0).standard_normal(DRAWS * 16).astype(np.float32)
    variance = noised(x0, level, draw_noise(x0.shape, seed=1)).astype(np.float64).var()
    assert variance == pytest.approx(1, abs=5 * math.sqrt(2 / x0.size))


def test_noise_is_the_seeds() -> None:
    assert np.array_equal(draw_noise((3, 4), 2**64 - 1), draw_noise((3, 4), 2**64 - 1))
    assert not np.array_equal(draw_noise((3, 4), 1), draw_noise((3, 4), 2))


def test_without_noise_a_picture_stays_as_it_is_and_without_signal_nothing_of_it_is_left() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 16, 3), np.uint8)
    assert np.array_equal(noised_picture(pixels, NoiseLevel(1.0, 0.0), seed=5), pixels)
    black = np.zeros_like(pixels)
    nothing = NoiseLevel(0.0, 1.0)
    assert np.array_equal(noised_picture(pixels, nothing, seed=5), noised_picture(black, nothing, seed=5))
    assert not noised_picture(pixels, LEVELS[1], seed=5).flags.writeable

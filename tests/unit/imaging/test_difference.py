"""How two pictures differ, pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.pixels import frozen_pixels
from studio.imaging.difference import difference, peak_signal_to_noise


@given(st.integers(0, 2**32 - 1))
def test_a_pixel_is_lit_exactly_where_the_pictures_differ(seed: int) -> None:
    noise = np.random.default_rng(seed)
    first = noise.integers(0, 256, (9, 7, 3), dtype=np.uint8)
    second = np.where(noise.random((9, 7, 1)) < 0.5, first, noise.integers(0, 256, (9, 7, 3), dtype=np.uint8))

    found = difference(frozen_pixels(first), frozen_pixels(second))

    apart = np.abs(first.astype(int) - second.astype(int))
    assert ((found.pixels > 0) == (apart > 0)).all()
    assert found.largest == apart.max()
    assert found.share == (apart > 0).any(axis=2).mean()
    assert (np.diff(found.pixels.ravel()[np.argsort(apart.ravel(), kind="stable")].astype(int)) >= 0).all()


def test_one_level_is_bright_enough_to_be_seen() -> None:
    first, second = np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint8)
    second[0, 0, 1] = 1

    found = difference(frozen_pixels(first), frozen_pixels(second))

    assert found.pixels[0, 0, 1] >= 64
    assert (found.share, found.largest) == (0.25, 1)


def test_another_size_is_scaled_and_said() -> None:
    large, small = np.full((8, 8, 3), 9, np.uint8), np.full((4, 4, 3), 9, np.uint8)

    found = difference(frozen_pixels(large), frozen_pixels(small))

    assert found.scaled
    assert found.pixels.shape == (8, 8, 3)
    assert found.largest == 0


def test_peak_signal_to_noise_is_in_decibels() -> None:
    black = np.zeros((8, 8, 3), np.uint8)
    assert peak_signal_to_noise(black, black) == math.inf
    assert peak_signal_to_noise(black, black + np.uint8(255)) == 0
    assert peak_signal_to_noise(black, black + np.uint8(1)) == pytest.approx(48.13, abs=0.01)

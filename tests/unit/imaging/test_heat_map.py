"""Colours over a picture that say where there is much of something."""

from __future__ import annotations

import numpy as np
import pytest

from studio.imaging.heat_map import heat_colours, heat_over

GREY = np.full((8, 8, 3), 128, np.uint8)


def luminance(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(float) @ (0.299, 0.587, 0.114)


def test_more_is_brighter_also_for_an_eye_that_sees_no_colours() -> None:
    bright = luminance(heat_colours(np.linspace(0, 1, 50)))
    assert np.all(np.diff(bright) > 0)


@pytest.mark.parametrize("offset", [0.0, 0.3])
def test_the_most_is_brightest_and_the_least_darkest_whatever_their_size(offset: float) -> None:
    amount = np.full((8, 8), offset, np.float32)
    amount[2, 5] = offset + 0.01
    seen = luminance(heat_over(GREY, amount, 8))
    assert np.unravel_index(seen.argmax(), seen.shape) == (2, 5)
    assert np.ptp(np.delete(seen.ravel(), 2 * 8 + 5)) < 1


def test_the_picture_shines_through() -> None:
    picture = GREY.copy()
    picture[:, 4:] = 250
    seen = luminance(heat_over(picture, np.zeros((8, 8), np.float32), 8))
    assert seen[4, 7] - seen[4, 0] > 50


def test_it_has_the_shape_of_the_amount() -> None:
    assert heat_over(GREY, np.zeros((6, 12), np.float32), 256).shape == (128, 256, 3)

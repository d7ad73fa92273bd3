"""Colours over a picture that say where there is much of something."""

from __future__ import annotations

import numpy as np
import pytest

from studio.core.geometry import Rect
from studio.imaging.fit import resized
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


def test_each_pixel_is_a_share_of_the_picture_s_grey_and_the_rest_of_the_colour() -> None:
    """All 256 amounts on every shade: the quick way has the bytes of the slow one."""
    picture = np.random.default_rng(7).integers(0, 256, (64, 64, 3), np.uint8)
    amount = np.arange(64 * 64, dtype=np.float32).reshape(64, 64)
    place = Rect(0, 0, 256, 256)
    relative = np.round(amount * (255 / amount.max())).astype(np.uint8)
    heat = resized(np.repeat(relative[:, :, None], 3, axis=2), place)[:, :, 0].astype(np.float32) / 255
    grey = resized(picture, place).astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    through = (0.65 - (0.65 - 0.25) * heat).astype(np.float32)
    colours = (heat_colours(heat) * (1 - through)[:, :, None]).astype(np.uint8)
    assert np.array_equal(heat_over(picture, amount, 256), (grey * through).astype(np.uint8)[:, :, None] + colours)

"""How much of a picture is burnt."""

from __future__ import annotations

import numpy as np

from studio.imaging.clipping import clipped_share, clipped_text


def test_a_pixel_is_clipped_in_any_colour_and_at_either_end() -> None:
    pixels = np.full((2, 4, 3), 128, np.uint8)
    pixels[0, 0] = (0, 10, 20)
    pixels[1, 3] = (1, 2, 255)
    assert clipped_share(pixels) == 2 / 8
    assert clipped_text(pixels) == "25 % clipped"


def test_little_is_told_more_exactly() -> None:
    pixels = np.full((10, 20, 3), 128, np.uint8)
    assert clipped_text(pixels) == "0 % clipped"
    pixels[0, :5] = 255
    assert clipped_text(pixels) == "2.5 % clipped"

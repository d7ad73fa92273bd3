"""What an extended picture begins with beyond its edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.imaging.outpaint import extended

sides = st.integers(0, 40)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 50), st.integers(1, 50), sides, sides, sides, sides)
def test_the_picture_itself_stays(width: int, height: int, left: int, top: int, right: int, bottom: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)

    result = extended(picture, left, top, right, bottom)

    assert result.shape == (top + height + bottom, left + width + right, 3)
    assert np.array_equal(result[top : top + height, left : left + width], picture)
    assert not result.flags.writeable


def test_one_colour_goes_on() -> None:
    picture = np.full((20, 30, 3), (10, 200, 90), np.uint8)

    assert np.unique(extended(picture, 700, 5, 60, 33).reshape(-1, 3), axis=0).tolist() == [[10, 200, 90]]


def test_nothing_jumps_at_the_seam() -> None:
    y, x = np.mgrid[0:200, 0:200]
    picture = np.stack([x, y, 255 - x], axis=2).astype(np.uint8)

    result = extended(picture, 64, 64, 64, 64).astype(int)

    for inner, outer in ((64, 63), (263, 264)):
        assert np.abs(result[inner, 64:264] - result[outer, 64:264]).max() <= 2
        assert np.abs(result[64:264, inner] - result[64:264, outer]).max() <= 2


@pytest.mark.parametrize("distance", [40, 160, 600])
def test_what_lies_farther_out_is_smoother(distance: int) -> None:
    stripes = np.zeros((300, 300, 3), np.uint8)
    stripes[(np.arange(300) // 4 % 2) == 0] = 255

    result = extended(stripes, 640, 0, 0, 0).astype(int)

    def contrast(column: int) -> int:
        return int(np.ptp(result[60:240, column]))

    assert contrast(640 - 1) > 200
    assert contrast(640 - distance) < 40


def test_a_far_away_edge_does_not_shine_through() -> None:
    """Only what is near matters: the right half of a wide picture says nothing about what lies left of it."""
    picture = np.zeros((50, 1500, 3), np.uint8)
    picture[:, 750:] = 255

    assert extended(picture, 300, 0, 0, 0)[:, :300].max() == 0

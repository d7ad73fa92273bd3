"""Half-size copies stay what they would be if they were made anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.geometry import Rect
from studio.imaging import pyramid as module
from studio.imaging.pyramid import Pyramid


def a_mask(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def test_level_0_is_the_array_itself() -> None:
    mask = a_mask(9, 7)
    assert Pyramid(lambda: mask).level(0) is mask


def test_a_level_holds_the_mean_of_four() -> None:
    mask = np.array([[10, 20, 100, 100], [30, 40, 100, 104]], np.uint8)
    assert Pyramid(lambda: mask).level(1).tolist() == [[25, 101]]


def test_odd_sides_are_rounded_up() -> None:
    assert Pyramid(lambda: a_mask(9, 7)).level(1).shape == (4, 5)
    assert Pyramid(lambda: a_mask(9, 7)).level(3).shape == (1, 2)


@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.lists(st.tuples(st.integers(0, 69), st.integers(0, 69), st.integers(1, 40), st.integers(1, 40)), max_size=4),
)
def test_changes_reach_every_level(width: int, height: int, changes: list[tuple[int, int, int, int]]) -> None:
    mask = a_mask(width, height)
    pyramid = Pyramid(lambda: mask)
    pyramid.level(2)
    for number, change in enumerate(changes):
        area = Rect(*change).clipped(width, height)
        mask[area.top : area.bottom, area.left : area.right] = 17 * number
        pyramid.note_change(area)
        if number % 2:
            pyramid.level(1)
    for number in (1, 2, 3):
        assert np.array_equal(pyramid.level(number), Pyramid(lambda: mask).level(number))


def test_what_any_window_shows_of_a_large_picture_is_made_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = a_mask(3000, 2000)
    ready = Pyramid(lambda: picture)
    ready.prepare()
    monkeypatch.setattr(module, "_halved", lambda _array: pytest.fail("made when it is painted"))
    assert ready.level(4).shape == (125, 188)

"""Zoom and place of the picture, as numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.canvas.viewport import Viewport, limited_zoom, nice_zoom

zooms = st.floats(0.1, 20)
places = st.integers(-3000, 3000)


@given(zooms, places, places, st.integers(0, 2000), st.integers(0, 2000), zooms)
def test_zooming_keeps_the_point_under_the_pointer(
    zoom: float, left: int, top: int, x: int, y: int, new_zoom: float
) -> None:
    before = Viewport(zoom, left, top)
    after = before.zoomed_at(x, y, new_zoom)
    shown_x, shown_y = after.to_view(*before.to_picture(x, y))
    assert abs(shown_x - x) <= 0.501
    assert abs(shown_y - y) <= 0.501


@given(zooms, places, places, st.floats(-500, 500), st.floats(-500, 500))
def test_there_and_back(zoom: float, left: int, top: int, x: float, y: float) -> None:
    viewport = Viewport(zoom, left, top)
    assert viewport.to_picture(*viewport.to_view(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(200, 2000), st.integers(200, 2000))
def test_a_fitted_picture_leaves_its_foot_free_and_is_centred_where_that_is_free(
    width: int, height: int, across: int, down: int
) -> None:
    viewport = Viewport.fitting(width, height, across, down, 24, foot=73)
    right, bottom = viewport.to_view(width, height)
    assert abs(viewport.left - (across - right)) <= 1
    assert viewport.top >= 23
    assert down - bottom >= 72
    assert abs(viewport.top - (down - bottom)) <= 1 or abs(down - bottom - 73) <= 1


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(100, 2000), st.integers(100, 2000))
def test_a_fitted_picture_is_whole_and_centred(width: int, height: int, across: int, down: int) -> None:
    viewport = Viewport.fitting(width, height, across, down, 24)
    right, bottom = viewport.to_view(width, height)
    assert viewport.left >= 23
    assert viewport.top >= 23
    assert abs(viewport.left - (across - right)) <= 1
    assert abs(viewport.top - (down - bottom)) <= 1


@given(zooms, places, places)
def test_a_picture_cannot_be_lost_outside_the_view(zoom: float, left: int, top: int) -> None:
    viewport = Viewport(zoom, left, top).kept_in_sight(640, 480, 800, 600)
    right, bottom = viewport.to_view(640, 480)
    assert viewport.left < 800 - 16
    assert viewport.top < 600 - 16
    assert right > 16
    assert bottom > 16


def test_zoom_stays_within_ten_and_two_thousand_per_cent() -> None:
    assert limited_zoom(0.001) == 0.1
    assert limited_zoom(500) == 20


def test_what_is_nearly_round_becomes_round() -> None:
    assert nice_zoom(0.98) == 1.0
    assert nice_zoom(2.05) == 2.0
    assert nice_zoom(1.2) == 1.2

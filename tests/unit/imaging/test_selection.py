"""Areas by shape and by colour, and what can be done with a mask."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.core.geometry import Rect
from studio.imaging import selection
from studio.imaging.selection import (
    ellipse,
    feathered,
    filled_holes,
    grown,
    inverted,
    polygon,
    rectangle,
    select_by_colour,
    shrunk,
)

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels

PICTURE = Rect(0, 0, 200, 150)
quickly = settings(max_examples=60, deadline=None)
positions = st.tuples(st.floats(-50, 250), st.floats(-50, 200))
inside = st.tuples(st.floats(0, 200), st.floats(0, 150))
small_masks = arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.integers(0, 255))
sparse_masks = arrays(
    np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 255), fill=st.just(0)
)
binary_masks = arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.sampled_from([0, 255]))


def total(coverage: MaskPixels) -> float:
    return float(coverage.sum(dtype=np.int64)) / 255


def disc_in_black(radius: float, side: int = 121) -> MaskPixels:
    area, coverage = ellipse((side / 2 - radius,) * 2, (side / 2 + radius,) * 2, Rect(0, 0, side, side))
    mask = np.zeros((side, side), np.uint8)
    mask[area.top : area.bottom, area.left : area.right] = coverage
    return mask


# --- shapes


@quickly
@given(inside, inside)
def test_a_rectangle_has_its_area(a: tuple[float, float], b: tuple[float, float]) -> None:
    area, coverage = rectangle(a, b, PICTURE)

    assert coverage.shape == (area.height, area.width)
    assert area.intersection(PICTURE) == area
    assert total(coverage) == pytest.approx(abs((a[0] - b[0]) * (a[1] - b[1])), rel=0.01, abs=1.5)


@quickly
@given(inside, inside)
def test_an_ellipse_has_its_area(a: tuple[float, float], b: tuple[float, float]) -> None:
    expected = math.pi / 4 * abs((a[0] - b[0]) * (a[1] - b[1]))

    assert total(ellipse(a, b, PICTURE)[1]) == pytest.approx(expected, rel=0.01, abs=1.5)


@quickly
@given(st.lists(inside, min_size=3, max_size=3))
def test_a_triangle_has_its_area(corners: list[tuple[float, float]]) -> None:
    (ax, ay), (bx, by), (cx, cy) = corners
    expected = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    assert total(polygon(corners, PICTURE)[1]) == pytest.approx(expected, rel=0.01, abs=1.5)


@quickly
@given(st.lists(st.tuples(st.integers(-5, 25), st.integers(-5, 20)), min_size=3, max_size=8))
def test_a_polygon_is_what_an_odd_number_of_its_edges_lie_left_of(corners: list[tuple[int, int]]) -> None:
    within = Rect(0, 0, 20, 15)
    area, coverage = polygon(corners, within)
    whole = np.zeros((15, 20), np.uint8)
    whole[area.top : area.bottom, area.left : area.right] = coverage

    # Points on a fine grid, by the crossing rule.
    parts = 16
    x = (np.arange(20 * parts) + 0.5) / parts
    y = ((np.arange(15 * parts) + 0.5) / parts)[:, None]
    odd = np.zeros((15 * parts, 20 * parts), bool)
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if ay != by:
            odd ^= ((ay <= y) != (by <= y)) & (x >= ax + (y - ay) * (bx - ax) / (by - ay))
    exact = odd.reshape(15, parts, 20, parts).mean(axis=(1, 3))
    assert np.abs(whole / 255 - exact).max() <= 0.08


def test_shapes_that_lie_on_pixels_have_sharp_edges() -> None:
    square = [(10, 20), (14, 20), (14, 23), (10, 23)]
    for area, coverage in (rectangle((14, 20), (10, 23), PICTURE), polygon(square, PICTURE)):
        assert area == Rect(10, 20, 4, 3)
        assert (coverage == 255).all()


def test_a_shape_covers_the_pixels_at_its_edge_in_part() -> None:
    for area, coverage in (
        rectangle((10.5, 20), (12.25, 21), PICTURE),
        polygon([(10.5, 20), (12.25, 20), (12.25, 21), (10.5, 21)], PICTURE),
    ):
        assert area == Rect(10, 20, 3, 1)
        assert coverage.tolist() == [[128, 255, 64]]


def test_where_a_polygon_overlaps_itself_twice_is_outside() -> None:
    """A pentagram's middle."""
    star = [(100 + 70 * math.sin(0.8 * math.pi * k), 75 - 70 * math.cos(0.8 * math.pi * k)) for k in range(5)]
    area, coverage = polygon(star, PICTURE)

    assert coverage[75 - area.top, 100 - area.left] == 0
    assert coverage[25 - area.top, 100 - area.left] == 255


@quickly
@given(positions, positions, positions)
def test_what_lies_outside_is_cut_off(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
    wide = Rect(-60, -60, 320, 270)
    for shape in (lambda within: polygon([a, b, c], within), lambda within: ellipse(a, b, within)):
        area, coverage = shape(PICTURE)
        all_of_it, everything = shape(wide)
        cut = area.intersection(PICTURE)
        assert cut == area == all_of_it.intersection(PICTURE) or area.is_empty
        if not area.is_empty:
            top, left = area.top - all_of_it.top, area.left - all_of_it.left
            part = everything[top : top + area.height, left : left + area.width]
            assert np.abs(part.astype(int) - coverage).max() <= 16  # sixteenths are counted from another row


def test_a_polygon_of_no_corners_is_empty() -> None:
    area, coverage = polygon([], PICTURE)
    assert area.is_empty
    assert coverage.size == 0
    assert total(polygon([(5, 5), (80, 90)], PICTURE)[1]) == 0


def test_a_large_polygon_is_drawn_as_a_small_one() -> None:
    """It is drawn in bands."""
    diamond = [(300, 0), (600, 400), (300, 800), (0, 400)]
    _, coverage = polygon(diamond, Rect(0, 0, 600, 800))

    assert total(coverage) == pytest.approx(600 * 800 / 2, rel=1e-3)
    assert np.array_equal(coverage, coverage[::-1])


# --- by colour

STRIPES = np.zeros((8, 12, 3), np.uint8)
STRIPES[:, :4] = (100, 50, 20)
STRIPES[:, 4:6] = (200, 50, 20)
STRIPES[:, 6:] = (110, 45, 20)


def test_all_pixels_of_a_colour() -> None:
    selected = select_by_colour(STRIPES, 0, 0, 10, contiguous=False)

    assert (selected[:, :4] == 255).all()
    assert (selected[:, 4:6] == 0).all()
    assert (selected[:, 6:] == 255).all()


def test_pixels_of_a_colour_that_hang_together() -> None:
    selected = select_by_colour(STRIPES, 0, 0, 10, contiguous=True)

    assert (selected[:, :4] == 255).all()
    assert (selected[:, 4:] == 0).all()


@pytest.mark.parametrize(("tolerance", "is_selected"), [(9, False), (10, True)])
def test_the_tolerance_holds_for_each_channel(tolerance: int, is_selected: bool) -> None:
    assert (select_by_colour(STRIPES, 0, 0, tolerance, contiguous=False)[0, 11] == 255) == is_selected


def test_the_tolerance_is_measured_from_the_chosen_pixel() -> None:
    """Not from pixel to pixel, which would run through every gradient."""
    gradient = np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 3, axis=2)

    selected = select_by_colour(gradient, 50, 0, 10, contiguous=True)

    assert np.flatnonzero(selected[0]).tolist() == list(range(40, 61))


def test_corners_do_not_hang_together() -> None:
    chessboard = np.zeros((2, 2, 3), np.uint8)
    chessboard[0, 1] = chessboard[1, 0] = 255

    assert select_by_colour(chessboard, 0, 0, 0, contiguous=True).tolist() == [[255, 0], [0, 0]]


@quickly
@given(
    arrays(np.uint8, (6, 7, 3), elements=st.sampled_from([0, 40, 80, 255])),
    st.integers(0, 6),
    st.integers(0, 5),
    st.integers(0, 255),
)
def test_what_hangs_together_is_part_of_what_has_the_colour(pixels: np.ndarray, x: int, y: int, tolerance: int) -> None:
    everywhere = select_by_colour(pixels, x, y, tolerance, contiguous=False)
    together = select_by_colour(pixels, x, y, tolerance, contiguous=True)

    near = np.abs(pixels.astype(int) - pixels[y, x]).max(axis=2) <= tolerance
    assert np.array_equal(everywhere == 255, near)
    assert (together <= everywhere).all()
    assert together[y, x] == 255
    # Nothing of the colour is left beside it.
    beside = np.zeros_like(near)
    beside[1:] |= together[:-1] > 0
    beside[:-1] |= together[1:] > 0
    beside[:, 1:] |= together[:, :-1] > 0
    beside[:, :-1] |= together[:, 1:] > 0
    assert not (beside & near & (together == 0)).any()


@pytest.mark.parametrize(("x", "y", "tolerance"), [(-1, 0, 0), (12, 0, 0), (0, 8, 0), (0, 0, 256), (0, 0, -1)])
def test_a_pixel_that_is_not_there_is_refused(x: int, y: int, tolerance: int) -> None:
    with pytest.raises(ValueError, match="tolerance"):
        select_by_colour(STRIPES, x, y, tolerance, contiguous=True)


# --- whole masks


@quickly
@given(small_masks)
def test_inverting_twice_changes_nothing(mask: MaskPixels) -> None:
    assert np.array_equal(inverted(inverted(mask)), mask)
    assert (inverted(mask).astype(int) + mask == 255).all()


def highest_within(mask: MaskPixels, by: int) -> MaskPixels:
    """What `grown` means, pixel by pixel."""
    highest = np.zeros_like(mask)
    rows, columns = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]]
    for y, x in np.ndindex(*mask.shape):
        highest[y, x] = mask[(rows - y) ** 2 + (columns - x) ** 2 <= by * by].max()
    return highest


@quickly
@given(small_masks, st.integers(0, 30))
def test_growing_takes_the_highest_value_within_reach(mask: MaskPixels, by: int) -> None:
    assert np.array_equal(grown(mask, by), highest_within(mask, by))


@quickly
@given(sparse_masks, st.integers(1, 30))
def test_it_does_so_too_where_distances_are_measured_and_the_rest_is_looked_up(mask: MaskPixels, by: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "_SMALL_DISC", 0)
        patch.setattr(selection, "_MOST_LOOKED_UP", 1)
        assert np.array_equal(grown(mask, by), highest_within(mask, by))


@pytest.mark.parametrize("by", [17, 100, 256])
def test_a_soft_disc_grows_far_to_the_pixel(by: int) -> None:
    mask = np.pad(disc_in_black(20, 61), 300)
    y, x = np.mgrid[-by : by + 1, -by : by + 1]
    soft_pixels = np.argwhere(mask)
    disc = x * x + y * y <= by * by
    expected = np.zeros_like(mask)
    for row, column in soft_pixels:
        part = expected[row - by : row + by + 1, column - by : column + by + 1]
        np.maximum(part, disc * mask[row, column], out=part)
    assert np.array_equal(grown(mask, by), expected)


@quickly
@given(small_masks, st.integers(0, 9))
def test_shrinking_undoes_growing_but_for_what_has_closed(mask: MaskPixels, by: int) -> None:
    assert (shrunk(grown(mask, by), by) >= mask).all()
    assert (grown(shrunk(mask, by), by) <= mask).all()


@pytest.mark.parametrize("by", [1, 4, 12])
def test_a_disc_grown_and_shrunk_is_the_disc(by: int) -> None:
    mask = disc_in_black(30)

    assert total(grown(mask, by)) == pytest.approx(math.pi * (30 + by) ** 2, rel=0.03)
    assert total(shrunk(mask, by)) == pytest.approx(math.pi * (30 - by) ** 2, rel=0.06)
    assert total(shrunk(grown(mask, by), by)) == pytest.approx(total(mask), rel=0.01)


def test_the_pictures_edge_takes_nothing_from_the_mask() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[:, :10] = 255

    assert (shrunk(mask, 3)[:, :7] == 255).all()
    assert (shrunk(mask, 3)[:, 7:] == 0).all()


@pytest.mark.parametrize("by", [1, 2, 7, 20])
def test_feathering_softens_the_edge_and_keeps_the_total(by: int) -> None:
    mask = disc_in_black(35)

    soft = feathered(mask, by)

    assert total(soft) == pytest.approx(total(mask), rel=0.005)
    assert soft[60, 60] == 255
    assert soft[60, 94 - by] >= 250
    assert soft[60, 97 + by] == 0
    across = soft[60, 60:].astype(int)
    assert (np.diff(across) <= 0).all()
    assert np.abs(np.diff(across)).max() <= 255 / by * 1.1


def test_feathering_leaves_a_full_mask_full() -> None:
    full = np.full((30, 40), 255, np.uint8)

    assert np.array_equal(feathered(full, 15), full)


@quickly
@given(binary_masks)
def test_filled_holes_are_what_cannot_be_reached_from_outside(mask: MaskPixels) -> None:
    filled = filled_holes(mask)

    # Walk in from the edge, over edges of pixels.
    outside = np.zeros_like(mask, bool)
    framed = np.pad(mask == 0, 1, constant_values=True)
    reached = np.zeros_like(framed)
    reached[0, 0] = True
    for _ in range(framed.size):
        more = reached.copy()
        more[1:] |= reached[:-1]
        more[:-1] |= reached[1:]
        more[:, 1:] |= reached[:, :-1]
        more[:, :-1] |= reached[:, 1:]
        more &= framed
        if np.array_equal(more, reached):
            break
        reached = more
    outside = reached[1:-1, 1:-1]
    assert np.array_equal(filled == 0, outside)
    assert set(np.unique(filled)) <= {0, 255}


def test_a_soft_ring_is_filled_up_to_its_crest() -> None:
    ring = feathered(np.subtract(disc_in_black(40), disc_in_black(25)), 6)

    filled = filled_holes(ring)

    assert filled[60, 60:88].min() == 255
    assert filled[60, 88:92].min() >= 240
    assert np.array_equal(filled[60, 94:], ring[60, 94:])
    assert (filled >= ring).all()


def test_a_faint_ring_is_no_border() -> None:
    ring = np.subtract(disc_in_black(40), disc_in_black(25)) // 3

    assert np.array_equal(filled_holes(ring), ring)

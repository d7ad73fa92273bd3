"""Dabs: how far a round brush covers each pixel."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.imaging.brush import Brush, BrushTip, StrokePoint, dab_coverage

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels

quickly = settings(max_examples=50, deadline=None)
diameters = st.floats(1, 120)
shares = st.floats(0, 1)
# Where a dab lies within its middle pixel.
places = st.sampled_from([0.0, 0.125, 0.5, 0.625, 0.875])


def area(coverage: MaskPixels) -> float:
    return float(coverage.sum(dtype=np.int64)) / 255


def disc_on_a_fine_grid(diameter: float, x: float, y: float, side: int) -> np.ndarray:
    """The share of each pixel that lies in the disc, by counting 32 x 32 points."""
    offsets = (np.arange(side * 32) + 0.5) / 32 - side // 2
    inside = np.hypot(offsets - x, (offsets - y)[:, None]) < diameter / 2
    return inside.reshape(side, 32, side, 32).mean(axis=(1, 3))


@quickly
@given(diameters, places, places)
def test_a_hard_dab_has_the_area_of_its_disc(diameter: float, x: float, y: float) -> None:
    assert area(dab_coverage(diameter, 1, 1, x, y)) == pytest.approx(math.pi * diameter**2 / 4, rel=0.01, abs=0.02)


@quickly
@given(diameters, places, places)
def test_a_hard_dab_covers_each_pixel_as_far_as_its_disc_does(diameter: float, x: float, y: float) -> None:
    coverage = dab_coverage(diameter, 1, 1, x, y)

    exact = disc_on_a_fine_grid(diameter, x, y, len(coverage))
    assert np.abs(coverage / 255 - exact).max() < 0.09


@quickly
@given(diameters, shares, st.sampled_from([0.0, 0.5]))
def test_a_dab_on_a_pixels_corner_or_centre_looks_the_same_from_all_sides(
    diameter: float, hardness: float, place: float
) -> None:
    coverage = dab_coverage(diameter, hardness, 1, place, place)
    if place == 0:
        coverage = coverage[:-1, :-1]  # its centre is the middle of an even number of pixels
        assert not dab_coverage(diameter, hardness, 1, 0, 0)[-1].any()

    for same in (coverage[::-1], coverage[:, ::-1], coverage.T):
        assert np.abs(coverage.astype(int) - same).max() <= 1


@quickly
@given(diameters, st.tuples(shares, shares), places, places)
def test_a_harder_dab_covers_no_pixel_less(diameter: float, hardness: tuple[float, float], x: float, y: float) -> None:
    soft, hard = (dab_coverage(diameter, share, 1, x, y).astype(int) for share in sorted(hardness))

    assert (hard >= soft - 1).all()


@quickly
@given(st.floats(8, 300), shares)
def test_a_dab_falls_from_its_centre_outwards(diameter: float, hardness: float) -> None:
    coverage = dab_coverage(diameter, hardness, 1, 0.5, 0.5)
    middle = len(coverage) // 2
    outwards = coverage[middle, middle:].astype(int)

    assert (np.diff(outwards) <= 0).all()
    assert outwards[0] >= 240
    assert outwards[-1] == 0


def test_hardness_is_the_share_of_the_radius_that_is_fully_covered() -> None:
    outwards = dab_coverage(200, 0.5, 1, 0.5, 0.5)[101, 101:]

    assert (outwards[:49] == 255).all()
    assert 120 < outwards[75] < 135
    assert outwards[99] <= 1


@quickly
@given(diameters, shares, places)
def test_a_dabs_rectangle_holds_all_of_it(diameter: float, hardness: float, place: float) -> None:
    coverage = dab_coverage(diameter, hardness, 1, place, place)

    wider = dab_coverage(diameter + 4, hardness, 1, place, place)
    assert len(coverage) == len(wider) - 4
    assert area(wider[2:-2, 2:-2]) >= area(coverage)
    assert not any(edge.any() for edge in (coverage[0], coverage[:, 0])) or diameter / 2 + 0.5 > len(coverage) // 2 - 1


@quickly
@given(diameters, shares, shares)
def test_opacity_scales_a_dab(diameter: float, hardness: float, opacity: float) -> None:
    full, faint = (dab_coverage(diameter, hardness, share, 0.25, 0.5).astype(float) for share in (1, opacity))

    assert np.abs(faint - full * opacity).max() <= 1


def test_a_dab_moves_by_less_than_a_pixel() -> None:
    tip = BrushTip(Brush(diameter=20))

    centres: list[float] = []
    for x in (50.0, 50.25, 50.5, 50.75, 51.0):
        place, coverage = tip.dab(StrokePoint(x, 50))
        columns = np.arange(place.left, place.right) + 0.5
        centres.append(float((coverage.sum(axis=0) * columns).sum() / coverage.sum()))

    assert centres == pytest.approx([50.0, 50.25, 50.5, 50.75, 51.0], abs=0.03)


def test_pressure_scales_the_width_but_never_to_nothing() -> None:
    tip = BrushTip(Brush(diameter=100))

    areas = [area(tip.dab(StrokePoint(0, 0, pressure))[1]) for pressure in (0.0, 0.05, 0.5, 1.0, 7.0)]

    assert areas[0] == areas[1] == pytest.approx(math.pi * 2.5**2, rel=0.01)
    assert areas[2] == pytest.approx(math.pi * 25**2, rel=0.01)
    assert areas[3] == areas[4] == pytest.approx(math.pi * 50**2, rel=0.01)
    assert area(BrushTip(Brush(diameter=2)).dab(StrokePoint(0, 0, 0.05))[1]) == pytest.approx(math.pi / 4, rel=0.02)


def test_what_a_tip_keeps_is_bounded_and_stays_right() -> None:
    tip = BrushTip(Brush(diameter=1500, hardness=0))
    first = tip.dab(StrokePoint(0.125, 0))[1].copy()

    for x, y in itertools.product(range(5), repeat=2):
        tip.dab(StrokePoint(x / 8, y / 8))

    assert tip.kept_bytes <= 32 * 2**20
    assert np.array_equal(tip.dab(StrokePoint(0.125, 0))[1], first)


@quickly
@given(st.floats(1, 2000), st.floats(0.01, 1), shares)
def test_the_scallops_of_a_stroke_stay_within_a_quarter_pixel(diameter: float, spacing: float, pressure: float) -> None:
    brush = Brush(diameter=diameter, spacing=spacing)
    radius, step = brush.width(pressure) / 2, brush.step(pressure)

    assert 0.5 <= step <= max(1, spacing * diameter)
    assert radius - math.sqrt(radius**2 - (step / 2) ** 2) <= 0.25 + 1e-9


@pytest.mark.parametrize(
    "wrong",
    [
        {"diameter": 0.5},
        {"diameter": 2001},
        {"diameter": math.nan},
        {"diameter": 9, "hardness": 1.1},
        {"diameter": 9, "opacity": -0.1},
        {"diameter": 9, "spacing": 0},
    ],
)
def test_an_impossible_brush_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"possible|within|spacing"):
        Brush(**wrong)

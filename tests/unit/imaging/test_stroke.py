"""Strokes: where their dabs go, and what they cover together."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.geometry import Rect
from studio.imaging.brush import Brush, BrushTip, StrokePoint
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.imaging.stroke import StrokePath

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels

SIDE = 300
quickly = settings(max_examples=50, deadline=None)
coordinates = st.floats(-60, SIDE + 60)
points = st.builds(StrokePoint, coordinates, coordinates, st.floats(0, 1))
brushes = st.builds(
    Brush,
    diameter=st.floats(1, 120),
    hardness=st.floats(0, 1),
    opacity=st.floats(0, 1),
    spacing=st.floats(0.02, 0.5),
)


def black_canvas(side: int = SIDE) -> Canvas:
    return Canvas(np.zeros((side, side, 3), np.uint8))


def stroke(canvas: Canvas, brush: Brush, path: list[StrokePoint], paint: int = 255) -> Rect:
    changed = canvas.begin_stroke(LayerName.MASK, brush, paint, path[0])
    for point in path[1:]:
        changed = changed.union(canvas.continue_stroke(point))
    return changed.union(canvas.end_stroke("Stroke"))


def mask_of(brush: Brush, path: list[StrokePoint]) -> MaskPixels:
    canvas = black_canvas()
    stroke(canvas, brush, path)
    return canvas.mask


def dabs_along(brush: Brush, path: list[StrokePoint]) -> list[StrokePoint]:
    line = StrokePath(brush, path[0])
    return [path[0], *(dab for point in path[1:] for dab in line.dabs_to(point))]


def between(a: StrokePoint, b: StrokePoint, share: float) -> StrokePoint:
    return StrokePoint(
        a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share, a.pressure + (b.pressure - a.pressure) * share
    )


@quickly
@given(brushes, points, points)
def test_dabs_lie_a_step_apart_on_the_line(brush: Brush, start: StrokePoint, end: StrokePoint) -> None:
    dabs = dabs_along(brush, [start, end])

    for a, b in itertools.pairwise(dabs):
        assert math.hypot(b.x - a.x, b.y - a.y) == pytest.approx(brush.step(a.pressure))
    left = math.hypot(end.x - dabs[-1].x, end.y - dabs[-1].y)
    assert left <= brush.step(dabs[-1].pressure) + 1e-6


@quickly
@given(brushes, points, points, st.lists(st.floats(0, 1), max_size=30))
def test_a_line_reported_in_many_points_gets_the_same_dabs(
    brush: Brush, start: StrokePoint, end: StrokePoint, shares: list[float]
) -> None:
    few = dabs_along(brush, [start, end])
    many = dabs_along(brush, [start, *(between(start, end, share) for share in sorted(shares)), end])

    # A dab that falls on a point to the last bit may count for either side of it.
    assert abs(len(few) - len(many)) <= 1
    for a, b in zip(few, many, strict=False):
        assert (a.x, a.y, a.pressure) == pytest.approx((b.x, b.y, b.pressure), abs=1e-4)


@quickly
@given(brushes, st.lists(points, min_size=1, max_size=5))
def test_a_stroke_is_the_maximum_of_its_dabs(brush: Brush, path: list[StrokePoint]) -> None:
    expected = np.zeros((SIDE, SIDE), np.uint8)
    tip = BrushTip(brush)
    for dab in [*dabs_along(brush, path), path[-1]]:
        area, coverage = tip.dab(dab)
        inside = area.clipped(SIDE, SIDE)
        target = expected[inside.top : inside.bottom, inside.left : inside.right]
        rows, columns = inside.top - area.top, inside.left - area.left
        np.maximum(target, coverage[rows : rows + inside.height, columns : columns + inside.width], out=target)

    assert np.array_equal(mask_of(brush, path), expected)


def dragged(brush: Brush, start: StrokePoint, end: StrokePoint) -> MaskPixels:
    """What the brush covers when it is moved on by an eighth of a pixel at a time."""
    covered, tip = np.zeros((SIDE, SIDE), np.uint8), BrushTip(brush)
    count = math.ceil(math.hypot(end.x - start.x, end.y - start.y) * 8)
    for index in range(count + 1):
        area, coverage = tip.dab(between(start, end, index / count))
        target = covered[area.top : area.bottom, area.left : area.right]
        np.maximum(target, coverage, out=target)
    return covered


@settings(max_examples=20, deadline=None)
@given(st.floats(1, 60), st.floats(0, 1), st.floats(0, math.tau), st.floats(0.02, 0.2))
def test_a_stroke_has_no_holes(diameter: float, hardness: float, angle: float, spacing: float) -> None:
    brush = Brush(diameter=diameter, hardness=hardness, spacing=spacing)
    middle, way = SIDE / 2, np.array([math.cos(angle), math.sin(angle)])
    start, end = (StrokePoint(*(middle + way * distance)) for distance in (-20, 20))

    missing = dragged(brush, start, end).astype(int) - mask_of(brush, [start, end])

    assert missing.max() <= 255 * 0.4


@pytest.mark.parametrize("diameter", [20, 60, 100, 300])
def test_a_soft_stroke_shows_no_ribs(diameter: float) -> None:
    """Along the stroke, at any distance from its middle, it looks the same everywhere."""
    start, end = StrokePoint(0.5, 150.5), StrokePoint(300.5, 150.5)
    mask = mask_of(Brush(diameter=diameter, hardness=0), [start, end])

    assert np.ptp(mask[:, 20:280].astype(int), axis=1).max() <= 3


def test_a_hard_stroke_has_the_area_of_its_band() -> None:
    mask = mask_of(Brush(diameter=40), [StrokePoint(60, 60), StrokePoint(200, 165)])

    band = 40 * math.hypot(140, 105) + math.pi * 20**2
    assert mask.sum() / 255 == pytest.approx(band, rel=0.005)


def test_a_stroke_reaches_the_point_where_the_brush_is_lifted() -> None:
    mask = mask_of(Brush(diameter=100, spacing=1), [StrokePoint(60, 150), StrokePoint(69, 150)])

    assert mask[150, 117] == 255
    assert mask[150, 120] == 0


def test_a_click_is_one_dab() -> None:
    canvas = black_canvas()
    changed = stroke(canvas, Brush(diameter=10), [StrokePoint(100.5, 50.5)])

    assert canvas.mask.sum() / 255 == pytest.approx(math.pi * 25, rel=0.01)
    assert changed.intersection(Rect(94, 44, 13, 13)) == changed
    assert canvas.undo_label == "Stroke"


def test_opacity_does_not_build_up_within_a_stroke_but_between_strokes() -> None:
    canvas = black_canvas()
    brush = Brush(diameter=30, opacity=0.5)
    there_and_back = [StrokePoint(50, 150), StrokePoint(250, 150), StrokePoint(50, 150), StrokePoint(250, 151)]

    stroke(canvas, brush, there_and_back)
    assert canvas.mask.max() == canvas.mask[150, 150] == 128

    stroke(canvas, brush, there_and_back)
    assert canvas.mask.max() == 192


def test_pressure_widens_the_stroke_on_its_way() -> None:
    mask = mask_of(Brush(diameter=60), [StrokePoint(40, 150, 0.1), StrokePoint(260, 150, 1.0)])

    widths = [int((mask[:, x] > 127).sum()) for x in (40, 95, 150, 205, 260)]
    assert widths == pytest.approx([6, 19, 33, 46, 60], abs=2)


@quickly
@given(brushes, st.lists(points, min_size=1, max_size=4), st.sampled_from([0, 99, 255]))
def test_nothing_changes_outside_the_returned_rectangles(brush: Brush, path: list[StrokePoint], paint: int) -> None:
    canvas = black_canvas()
    stroke(canvas, Brush(diameter=200, hardness=0), [StrokePoint(150, 150)])
    before = canvas.mask_now()

    changed = stroke(canvas, brush, path, paint)

    assert changed.clipped(SIDE, SIDE) == changed or changed.is_empty
    rows, columns = np.nonzero(canvas.mask != before)
    if len(rows):
        box = Rect(int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
        assert box.intersection(changed) == box


def test_a_stroke_beside_the_picture_is_no_step() -> None:
    canvas = black_canvas()

    assert stroke(canvas, Brush(diameter=20), [StrokePoint(-50, 5), StrokePoint(-40, 400)]).is_empty
    assert stroke(canvas, Brush(diameter=20), [StrokePoint(1e7, -1e7)]).is_empty
    assert canvas.is_mask_empty
    assert canvas.undo_label is None


def test_a_stroke_that_leaves_the_picture_and_comes_back() -> None:
    mask = mask_of(Brush(diameter=20), [StrokePoint(280, 100), StrokePoint(340, 100), StrokePoint(340, 200)])

    assert mask[100, 299] == 255
    assert mask[150].max() == 0


def test_the_eraser_takes_the_mask_away() -> None:
    canvas = black_canvas()
    line = [StrokePoint(20, 150), StrokePoint(280, 150)]
    stroke(canvas, Brush(diameter=30), line)
    stroke(canvas, Brush(diameter=40), line, paint=0)

    assert canvas.is_mask_empty


def test_a_colour_is_blended_into_the_picture_once() -> None:
    canvas = Canvas(np.full((SIDE, SIDE, 3), 200, np.uint8))

    canvas.begin_stroke(LayerName.PICTURE, Brush(diameter=50, opacity=0.25), (0, 100, 255), StrokePoint(50, 50))
    for x in (60, 40, 55):
        canvas.continue_stroke(StrokePoint(x, 50))
    canvas.end_stroke("Colour")

    # A quarter of 255 is 64 in eight bits.
    expected = [round((200 * (255 - 64) + colour * 64) / 255) for colour in (0, 100, 255)]
    assert canvas.picture[50, 50].tolist() == expected
    assert canvas.picture[150, 150].tolist() == [200, 200, 200]
    assert canvas.is_mask_empty

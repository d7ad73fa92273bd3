"""Arithmetic of rectangles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.core.geometry import Rect

numbers = st.integers(-20, 20)
rects = st.builds(Rect, numbers, numbers, st.integers(0, 20), st.integers(0, 20))


def cells(rect: Rect) -> set[tuple[int, int]]:
    return {(x, y) for x in range(rect.left, rect.right) for y in range(rect.top, rect.bottom)}


@given(rects, rects)
def test_the_intersection_holds_the_pixels_of_both(a: Rect, b: Rect) -> None:
    assert cells(a.intersection(b)) == cells(a) & cells(b)


@given(rects, rects)
def test_the_union_is_the_smallest_rectangle_around_both(a: Rect, b: Rect) -> None:
    union = a.union(b)
    assert cells(union) >= cells(a) | cells(b)
    if not a.is_empty and not b.is_empty:
        assert union.left in (a.left, b.left)
        assert union.bottom in (a.bottom, b.bottom)


def test_growing_and_clipping() -> None:
    assert Rect(2, 3, 4, 5).grown(3) == Rect(-1, 0, 10, 11)
    assert Rect(2, 3, 4, 5).grown(3).clipped(6, 9) == Rect(0, 0, 6, 9)
    assert Rect(5, 5, 0, 3).is_empty

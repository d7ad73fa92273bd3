"""Where pictures are in the gallery: reckoned, so every way to ask must tell the same."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import QPoint, QRect, QSize

from studio.gallery.days import Day
from studio.ui.gallery.arrangement import Arrangement, Step, Strip, Tiles

CELL = QSize(50, 40)
HEADING = 30
DAYS = (Day(date(2026, 11, 25), 4), Day(date(2026, 11, 24), 1), Day(date(2026, 11, 20), 7))
PAGE = 100

ARRANGEMENTS = [
    Tiles(12, 3, CELL),
    Tiles(12, 3, CELL, HEADING, DAYS),
    Tiles(12, 1, CELL, HEADING, DAYS),
    Tiles(12, 20, CELL, HEADING, DAYS),
    Strip(12, CELL),
]


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_what_is_at_a_place_is_the_picture_that_is_placed_there(arrangement: Arrangement) -> None:
    for row in range(arrangement.count):
        place = arrangement.place(row)
        assert QRect(QPoint(), arrangement.size).contains(place)
        for point in (place.topLeft(), place.center(), place.bottomRight()):
            assert arrangement.row_at(point) == row


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_nothing_that_is_in_sight_is_missed(arrangement: Arrangement) -> None:
    for top in range(-60, arrangement.size.height() + 60, 7):
        area = QRect(0, top, arrangement.size.width(), 45)
        seen = {row for row in range(arrangement.count) if arrangement.place(row).intersects(area)}
        assert seen <= set(arrangement.rows_in(area))


def test_pictures_do_not_overlap_nor_cover_headings() -> None:
    tiles = Tiles(12, 3, CELL, HEADING, DAYS)
    whole = QRect(QPoint(), tiles.size)
    places = [tiles.place(row) for row in range(12)] + [place for place, _ in tiles.headings_in(whole)]
    assert not any(one.intersects(other) for number, one in enumerate(places) for other in places[:number])


def test_each_day_has_its_heading_above_its_pictures() -> None:
    tiles = Tiles(12, 3, CELL, HEADING, DAYS)
    headings = tiles.headings_in(QRect(QPoint(), tiles.size))
    assert [day for _, day in headings] == list(DAYS)
    for (heading, _), first in zip(headings, (0, 4, 5), strict=True):
        assert tiles.place(first).topLeft() == heading.bottomLeft() + QPoint(0, 1)


def test_room_beside_the_pictures_is_no_picture() -> None:
    tiles = Tiles(12, 3, CELL, HEADING, DAYS)
    assert tiles.row_at(QPoint(10, HEADING // 2)) is None
    assert tiles.row_at(tiles.place(3).center() + QPoint(CELL.width(), 0)) is None
    assert tiles.row_at(QPoint(3 * CELL.width(), HEADING + 5)) is None
    assert tiles.row_at(QPoint(5, tiles.size.height())) is None
    assert tiles.row_at(QPoint(5, -1)) is None


@pytest.mark.parametrize(
    ("row", "step", "expected"),
    [
        (0, Step.UP, 0),
        (0, Step.DOWN, 3),
        (1, Step.DOWN, 3),  # the line below is shorter
        (3, Step.DOWN, 4),  # over a heading
        (4, Step.UP, 3),
        (4, Step.DOWN, 5),
        (7, Step.UP, 4),
        (5, Step.DOWN, 8),
        (10, Step.DOWN, 11),
        (11, Step.DOWN, 11),
        (0, Step.PREVIOUS, 0),
        (3, Step.NEXT, 4),
        (11, Step.NEXT, 11),
        (5, Step.FIRST, 0),
        (5, Step.LAST, 11),
        (0, Step.PAGE_DOWN, 4),
        (11, Step.PAGE_UP, 5),
        (11, Step.PAGE_DOWN, 11),
        (1, Step.PAGE_UP, 1),
    ],
)
def test_the_keys_walk_over_the_days(row: int, step: Step, expected: int) -> None:
    assert Tiles(12, 3, CELL, HEADING, DAYS).stepped(row, step, PAGE) == expected


def test_the_keys_walk_along_a_strip() -> None:
    strip = Strip(12, CELL)
    walked = [strip.stepped(5, step, PAGE) for step in (Step.UP, Step.NEXT, Step.PAGE_UP, Step.PAGE_DOWN, Step.LAST)]
    assert walked == [4, 6, 3, 7, 11]
    assert strip.stepped(0, Step.PAGE_UP, PAGE) == 0


def test_an_empty_gallery_has_no_place() -> None:
    for nothing in (Tiles(0, 3, CELL), Strip(0, CELL)):
        assert list(nothing.rows_in(QRect(0, 0, 500, 500))) == []
        assert nothing.row_at(QPoint(5, 5)) is None

"""Pictures sorted by date are told apart by the days of this place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from studio.gallery.days import Day, day_of, days_of, with_newer, without_row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["UTC", "America/New_York", "Pacific/Auckland"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def moments(hours: int) -> list[int]:
    """Every so many hours over the ends of summer time."""
    begin = datetime(2026, 10, 20, 3, tzinfo=UTC)
    return [
        (begin + timedelta(hours=hours * step) - EPOCH) // timedelta(microseconds=1) for step in range(400 // hours)
    ]


@pytest.mark.parametrize("hours", [1, 7, 50])
def test_days_are_those_of_a_calendar_in_either_direction(zone: str, hours: int) -> None:
    rising = moments(hours)
    expected: list[Day] = []
    for moment in rising:
        day = day_of(EPOCH + timedelta(microseconds=moment))
        if expected and expected[-1].date == day:
            expected[-1] = Day(day, expected[-1].count + 1)
        else:
            expected.append(Day(day, 1))
    assert list(days_of(rising)) == expected
    assert list(days_of(rising[::-1])) == expected[::-1]


def test_pictures_of_one_moment_are_of_one_day() -> None:
    assert [day.count for day in days_of([5] * 4)] == [4]
    assert days_of([]) == ()


def test_a_new_picture_joins_its_day_or_begins_one() -> None:
    yesterday, today = date(2026, 11, 24), date(2026, 11, 25)
    days = with_newer((), yesterday)
    days = with_newer(with_newer(days, yesterday), today)
    assert days == (Day(today, 1), Day(yesterday, 2))


def test_a_day_without_pictures_goes() -> None:
    yesterday, today = date(2026, 11, 24), date(2026, 11, 25)
    days = without_row((Day(today, 1), Day(yesterday, 2)), 2)
    assert days == (Day(today, 1), Day(yesterday, 1))
    assert without_row(days, 0) == (Day(yesterday, 1),)

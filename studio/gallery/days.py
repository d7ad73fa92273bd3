"""Pictures that are sorted by date, told apart by the days of this place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import neg

from studio.gallery.picture_rows import PictureRows

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Day:
    """So many pictures, one after the other, were made on this day."""

    date: date
    count: int


@dataclass(frozen=True, slots=True)
class FoundPictures:
    """In order; sorted by date, also told apart by `days`, else there are none. They belong to who asked for them."""

    pictures: PictureRows
    days: tuple[Day, ...] = ()
    is_whole: bool = True
    """Else there are more, beyond as many as were asked for; the last day may have more, too."""


def days_of(moments: Sequence[int]) -> tuple[Day, ...]:
    """The days of pictures made at these microseconds since 1970, which rise or fall. It costs as much as there are
    days, however many pictures there are."""
    rising = len(moments) > 1 and moments[0] < moments[-1]
    days: list[Day] = []
    row = 0
    while row < len(moments):
        day = day_of(_EPOCH + timedelta(microseconds=moments[row]))
        if rising:
            end = bisect_left(moments, _begin(day + timedelta(days=1)), lo=row + 1)
        else:
            end = bisect_right(moments, -_begin(day), lo=row + 1, key=neg)
        days.append(Day(day, end - row))
        row = end
    return tuple(days)


def day_of(moment: datetime) -> date:
    """The day that it was here."""
    return moment.astimezone().date()


def with_newer(days: Sequence[Day], day: date) -> tuple[Day, ...]:
    """With one picture more, which comes first."""
    if days and days[0].date == day:
        return (Day(day, days[0].count + 1), *days[1:])
    return (Day(day, 1), *days)


def without_row(days: Iterable[Day], row: int) -> tuple[Day, ...]:
    """With the picture in this row gone."""
    kept: list[Day] = []
    for day in days:
        count = day.count - (0 <= row < day.count)
        row -= day.count
        if count:
            kept.append(Day(day.date, count))
    return tuple(kept)


def _begin(day: date) -> int:
    """Microseconds since 1970 of the first moment of a day here."""
    return (datetime.combine(day, time()).astimezone() - _EPOCH) // timedelta(microseconds=1)

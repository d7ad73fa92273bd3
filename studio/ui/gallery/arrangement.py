"""Where each picture of a view is: reckoned when it is needed, so that a hundred thousand cost no more than ten.

Coordinates are pixels of the whole content; what is in sight is a part of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum, auto
from itertools import accumulate
from typing import Protocol

from PySide6.QtCore import QPoint, QRect, QSize

from studio.gallery.days import Day


class Step(Enum):
    """Ways of the keyboard."""

    PREVIOUS = auto()
    NEXT = auto()
    UP = auto()
    DOWN = auto()
    PAGE_UP = auto()
    PAGE_DOWN = auto()
    FIRST = auto()
    LAST = auto()


class Arrangement(Protocol):
    """Rows are numbered from 0."""

    count: int
    cell: QSize
    """The room of each picture."""

    @property
    def size(self) -> QSize:
        """Of the content."""
        ...

    def place(self, row: int) -> QRect: ...

    def row_at(self, point: QPoint) -> int | None: ...

    def rows_in(self, area: QRect) -> range:
        """At least the pictures that touch the area."""
        ...

    def stepped(self, row: int, step: Step, page: int) -> int:
        """The row that a step leads to, the same one at the end; a page is so many pixels."""
        ...

    def headings_in(self, area: QRect) -> list[tuple[QRect, Day]]: ...


class Tiles:
    """Lines of pictures from the top down, a heading above those of each day. One column makes it a list."""

    def __init__(self, count: int, columns: int, cell: QSize, heading: int = 0, days: Sequence[Day] = ()) -> None:
        """`heading` is the height of a heading; without days there is none."""
        self.count = count
        self.cell = cell
        self._columns = columns
        self._days = days
        self._heading = heading if days else 0
        sections = [day.count for day in days] or [count]
        heights = [self._heading + -(-pictures // columns) * cell.height() for pictures in sections]
        self._firsts = [0, *accumulate(sections)][:-1]  # rows
        self._tops = [0, *accumulate(heights)]  # of the sections, and the end of the last

    @property
    def size(self) -> QSize:
        return QSize(self._columns * self.cell.width(), self._tops[-1])

    def place(self, row: int) -> QRect:
        section = self._section_of(row)
        line, column = divmod(row - self._firsts[section], self._columns)
        top = self._tops[section] + self._heading + line * self.cell.height()
        return QRect(QPoint(column * self.cell.width(), top), self.cell)

    def row_at(self, point: QPoint) -> int | None:
        column = point.x() // self.cell.width()
        section = self._section_at(point.y())
        below = point.y() - self._tops[section] - self._heading
        if not 0 <= column < self._columns or below < 0:
            return None
        row = self._firsts[section] + below // self.cell.height() * self._columns + column
        return row if row < self._end(section) else None

    def rows_in(self, area: QRect) -> range:
        if not self.count:
            return range(0)
        return range(self._first_of_line(area.top()), self._last_of_line(area.bottom()) + 1)

    def stepped(self, row: int, step: Step, page: int) -> int:
        along = {Step.PREVIOUS: row - 1, Step.NEXT: row + 1, Step.FIRST: 0, Step.LAST: self.count - 1}
        if step in along:
            return max(0, min(along[step], self.count - 1))
        middle = self.place(row).center().y()
        heights = {
            Step.UP: self._line_above(row),
            Step.DOWN: self._line_below(row),
            Step.PAGE_UP: middle - page,
            Step.PAGE_DOWN: middle + page,
        }
        return self._towards(row, heights[step])

    def headings_in(self, area: QRect) -> list[tuple[QRect, Day]]:
        if not self._heading:
            return []
        sections = range(self._section_at(area.top()), self._section_at(area.bottom()) + 1)
        width = self._columns * self.cell.width()
        places = [(QRect(0, self._tops[section], width, self._heading), self._days[section]) for section in sections]
        return [(place, day) for place, day in places if place.intersects(area)]

    def _towards(self, row: int, y: int) -> int:
        """The picture of the same column, or the last one, of the line at `y`; the row itself where there is none."""
        column = self.place(row).left() // self.cell.width()
        first = self._first_of_line(y)
        return min(first + column, self._last_of_line(y))

    def _line_above(self, row: int) -> int:
        """Where it ends; above a heading the one of the day before."""
        top, section = self.place(row).top(), self._section_of(row)
        is_first = top == self._tops[section] + self._heading
        return top - 1 - (self._heading if is_first else 0)

    def _line_below(self, row: int) -> int:
        """Where it begins; below a heading that of the next day."""
        below = self.place(row).bottom() + 1
        is_last = below == self._tops[self._section_of(row) + 1]
        return below + (self._heading if is_last else 0)

    def _section_of(self, row: int) -> int:
        return bisect_right(self._firsts, row) - 1

    def _section_at(self, y: int) -> int:
        return max(0, min(bisect_right(self._tops, y) - 1, len(self._firsts) - 1))

    def _first_of_line(self, y: int) -> int:
        section = self._section_at(y)
        lines = -(-(self._end(section) - self._firsts[section]) // self._columns)
        line = (y - self._tops[section] - self._heading) // self.cell.height()
        return self._firsts[section] + max(0, min(line, lines - 1)) * self._columns

    def _last_of_line(self, y: int) -> int:
        return min(self._first_of_line(y) + self._columns, self._end(self._section_at(y))) - 1

    def _end(self, section: int) -> int:
        return self._firsts[section + 1] if section + 1 < len(self._firsts) else self.count


class Strip:
    """One line of pictures from left to right."""

    def __init__(self, count: int, cell: QSize) -> None:
        self.count = count
        self.cell = cell

    @property
    def size(self) -> QSize:
        return QSize(self.count * self.cell.width(), self.cell.height())

    def place(self, row: int) -> QRect:
        return QRect(QPoint(row * self.cell.width(), 0), self.cell)

    def row_at(self, point: QPoint) -> int | None:
        row = point.x() // self.cell.width()
        return row if 0 <= row < self.count and 0 <= point.y() < self.cell.height() else None

    def rows_in(self, area: QRect) -> range:
        width = self.cell.width()
        return range(max(0, area.left() // width), min(self.count, area.right() // width + 1))

    def stepped(self, row: int, step: Step, page: int) -> int:
        on_a_page = max(1, page // self.cell.width())
        rows = {
            Step.PREVIOUS: row - 1,
            Step.UP: row - 1,
            Step.NEXT: row + 1,
            Step.DOWN: row + 1,
            Step.PAGE_UP: row - on_a_page,
            Step.PAGE_DOWN: row + on_a_page,
            Step.FIRST: 0,
            Step.LAST: self.count - 1,
        }
        return max(0, min(rows[step], self.count - 1))

    def headings_in(self, area: QRect) -> list[tuple[QRect, Day]]:
        return []

"""Lines over the steps, with a marker at the one that is looked at.

Painted here and not by a library of charts: all that stays the same is painted once, so that the marker follows the
slider within a millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.process.chart_scale import Scale, tick_text
from studio.ui.process.middle import paint_words
from studio.ui.theme import current_tokens, px

_TICK_TEXT = 11
_LARGEST = 1000.0
"""What infinity, the sigma of pure noise, is drawn as."""
_SMALLEST = 1e-3
"""What is less is drawn as this where the axis counts in powers."""


@dataclass(frozen=True, slots=True)
class Line:
    """A value of 0 or more for each step; None where it is not known, or lies between two that are. The main line of a
    chart has the accent's colour. With `has_points` each value that is known is seen as one.
    """

    name: str
    values: tuple[float | None, ...]
    is_main: bool = True
    has_points: bool = False

    @property
    def known(self) -> tuple[tuple[int, float], ...]:
        """Places and their values."""
        return tuple((place, value) for place, value in enumerate(self.values) if value is not None)

    def at(self, place: int) -> float | None:
        """The value there, or between its neighbours; None beyond those that are known."""
        if (value := self.values[place]) is not None:
            return value
        before = [each for each in self.known if each[0] < place][-1:]
        after = [each for each in self.known if each[0] > place][:1]
        if not before or not after:
            return None
        [(left, low)], [(right, high)] = before, after
        return low + (high - low) * (place - left) / (right - left)


class StepChart(QWidget):
    """`first` is what the first place is called: steps count from 1, timesteps from 0.

    Signals:
        chosen(int): the user pointed at this place, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, name: str, *, first: int = 1) -> None:
        super().__init__()
        self._first = first
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._lines: tuple[Line, ...] = ()
        self.text = ""
        self._scale = Scale(0, 1)
        self._current = 0
        self._ground = QPixmap()
        self._before = 0.0
        """Room for the numbers of the upright axis; 0: not known."""

    def show_lines(self, lines: Sequence[Line], *, highest: float | None = None, logarithmic: bool = False) -> None:
        """In place of those before; all have the same number of steps, at least one. The axis begins at 0 and ends at
        `highest`, None: where the lines do.
        """
        scale = _powers_for(lines) if logarithmic else _evenly_for(lines, highest)
        if (tuple(lines), scale) != (self._lines, self._scale):
            self._lines, self._scale = tuple(lines), scale
            self._paint_anew()
        self.set_current(min(self._current, self._count - 1))

    def show_nothing(self, why: str) -> None:
        """`why` stands where the lines would be."""
        self.text = why
        self.show_lines([])
        self.update()

    def set_current(self, index: int) -> None:
        """Put the marker there."""
        self._current = max(0, index)
        values = [(line.name, line.at(self._current)) for line in self._lines]
        told = ", ".join(f"{name} {value:.3g}" for name, value in values if value is not None)
        self.setAccessibleDescription(f"{self._current + self._first}: {told}" if told else "")
        self.setToolTip(told)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(120))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose_at(event.position())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._paint_anew()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._paint_anew()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._lines:
            painter = QPainter(self)
            paint_words(painter, self, self.text)
            painter.end()
            return
        if self._ground.isNull():
            self._ground = self._painted_ground()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room, across = self.room, round(self._across(self._current)) + 0.5
        painter.setPen(QPen(QColor(current_tokens().control), 1))
        painter.drawLine(QPointF(across, room.top()), QPointF(across, room.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        for line in self._lines:
            value = line.at(self._current)
            if value is not None:
                painter.setBrush(_colour(line))
                painter.drawEllipse(QPointF(across, self._height_of(value)), px(4), px(4))
        painter.end()

    @property
    def _count(self) -> int:
        return len(self._lines[0].values) if self._lines else 0

    @property
    def room(self) -> QRectF:
        """Within the numbers."""
        if not self._before:
            self._before = self._room_before()
        return QRectF(self.rect()).adjusted(self._before, px(8), -px(8), -px(20))

    def _room_before(self) -> float:
        """As much as most charts need, so that they begin one below the other, or more where a number is longer."""
        metrics = QFontMetricsF(self.tick_font())
        longest = max(metrics.horizontalAdvance(tick_text(value)) for value in (0, *self._scale.ticks(4)))
        return max(float(px(36)), math.ceil(longest) + px(8))

    def tick_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(px(_TICK_TEXT))
        return font

    def _paint_anew(self) -> None:
        self._ground, self._before = QPixmap(), 0.0
        self.update()

    def _choose_at(self, position: QPointF) -> None:
        if self._count:
            room = self.room
            share = (position.x() - room.left()) / max(1.0, room.width())
            self.chosen.emit(min(self._count - 1, max(0, round(share * (self._count - 1)))))

    def _across(self, index: int) -> float:
        return self.room.left() + self.room.width() * index / max(1, self._count - 1)

    def _height_of(self, value: float) -> float:
        return self.room.bottom() - self.room.height() * self._scale.share(value)

    # --- what stays the same while the marker moves ---

    def _painted_ground(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setFont(self.tick_font())
        self._paint_rows(painter)
        self._paint_places(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in self._lines:
            self._paint_line(painter, line)
        painter.end()
        return pixmap

    def _paint_line(self, painter: QPainter, line: Line) -> None:
        room, last = self.room, max(1, self._count - 1)
        points = [
            QPointF(room.left() + room.width() * place / last, room.bottom() - room.height() * self._scale.share(value))
            for place, value in line.known
        ]
        painter.setPen(QPen(_colour(line), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        if line.has_points:
            painter.setBrush(_colour(line))
            for point in points:
                painter.drawEllipse(point, px(1), px(1))

    def _paint_rows(self, painter: QPainter) -> None:
        """A fine line for each number of the upright axis."""
        tokens, room = current_tokens(), self.room
        for value in self._scale.ticks(4):
            height = round(self._height_of(value)) + 0.5
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawLine(QPointF(room.left(), height), QPointF(room.right(), height))
            painter.setPen(QColor(tokens.muted))
            place = QRectF(0, height - px(8), room.left() - px(8), px(16))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), tick_text(value))

    def _paint_places(self, painter: QPainter) -> None:
        """The numbers of the steps."""
        room, last = self.room, self._first + self._count - 1
        if self._count < 2:
            return
        painter.setPen(QColor(current_tokens().muted))
        for value in Scale(self._first, last).ticks(8):
            if value == int(value):
                across = self._across(int(value) - self._first)
                place = QRectF(across - px(24), room.bottom() + px(4), px(48), px(16))
                painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), tick_text(value))


def _evenly_for(lines: Sequence[Line], highest: float | None) -> Scale:
    if highest is None:
        highest = 1.05 * max((value for line in lines for _, value in line.known), default=0.0)
    return Scale(0, min(max(highest, _SMALLEST), _LARGEST))


def _powers_for(lines: Sequence[Line]) -> Scale:
    values = [min(max(value, _SMALLEST), _LARGEST) for line in lines for _, value in line.known]
    lowest, highest = min(values, default=1.0), max(values, default=1.0)
    power = 10.0 ** math.floor(math.log10(lowest))
    return Scale(power, max(10 * power, highest), is_logarithmic=True)


def _colour(line: Line) -> QColor:
    tokens = current_tokens()
    return QColor(tokens.accent if line.is_main else tokens.muted)

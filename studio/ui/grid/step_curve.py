"""What more steps gave, as it was measured: how far each picture is from the one with the most, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.grid import StepMeasure
from studio.core.language import tr
from studio.ui.controls import label, mode_button
from studio.ui.process.chart_scale import Scale, tick_text
from studio.ui.theme import current_tokens, px

_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
_LEAST = 1e-3
"""An axis needs some length, whatever was measured."""


class StepCurve(QWidget):
    """Distance upwards, steps or seconds to the right; a line for each sampler, or whatever else was varied."""

    def __init__(self, measures: Sequence[StepMeasure]) -> None:
        super().__init__()
        self.setAccessibleName(tr("Distance by steps"))
        self.setAccessibleDescription("; ".join(map(measure_text, measures)))
        self.setMinimumHeight(px(200))
        self._measures = tuple(measures)
        self._by_seconds = False
        self._across = self._up = Scale(0, 1)
        self.show_by_seconds(by_seconds=False)

    def show_by_seconds(self, *, by_seconds: bool) -> None:
        """Or by steps."""
        self._by_seconds = by_seconds
        self._across = Scale(0, max(_LEAST, *(self._place(measure) for measure in self._measures)))
        self._up = Scale(0, max(_LEAST, 1.05 * max(measure.distance for measure in self._measures)))
        self.update()

    @property
    def lines(self) -> dict[str, list[QPointF]]:
        """Where the points of each line are, in this widget; the fewest steps first."""
        found: dict[str, list[QPointF]] = {}
        for measure in sorted(self._measures, key=lambda measure: measure.steps):
            found.setdefault(measure.line, []).append(self._point(measure))
        return found

    def sizeHint(self) -> QSize:
        return QSize(px(560), px(240))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = current_tokens()
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(px(11))
        painter.setFont(font)
        self._paint_axes(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, (line, points) in enumerate(self.lines.items()):
            colour = QColor(tokens.accent if place == 0 else tokens.muted)
            painter.setPen(QPen(colour, 2, _DASHES[place % len(_DASHES)]))
            painter.drawPolyline(QPolygonF(points))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for point in points:
                painter.drawEllipse(point, px(4), px(4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if line:
                self._paint_key(painter, place, line, colour)
        painter.end()

    def _place(self, measure: StepMeasure) -> float:
        return measure.seconds if self._by_seconds else float(measure.steps)

    @property
    def _room(self) -> QRectF:
        """Within the numbers."""
        return QRectF(self.rect()).adjusted(px(40), px(12), -px(16), -px(24))

    def _point(self, measure: StepMeasure) -> QPointF:
        room = self._room
        return QPointF(
            room.left() + room.width() * self._across.share(self._place(measure)),
            room.bottom() - room.height() * self._up.share(measure.distance),
        )

    def _paint_axes(self, painter: QPainter) -> None:
        tokens, room = current_tokens(), self._room
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for value in self._up.ticks(4):
            height = round(room.bottom() - room.height() * self._up.share(value)) + 0.5
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawLine(QPointF(room.left(), height), QPointF(room.right(), height))
            painter.setPen(QColor(tokens.muted))
            painter.drawText(QRectF(0, height - px(8), room.left() - px(8), px(16)), right, tick_text(value))
        for value in self._across.ticks(8):
            across = room.left() + room.width() * self._across.share(value)
            place = QRectF(across - px(24), room.bottom() + px(6), px(48), px(16))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), tick_text(value))

    def _paint_key(self, painter: QPainter, place: int, line: str, colour: QColor) -> None:
        """Which line is which, in the corner where all of them are low."""
        room = self._room
        height = room.top() + px(12) + place * px(18)
        painter.setPen(QPen(colour, 2, _DASHES[place % len(_DASHES)]))
        painter.drawLine(QPointF(room.right() - px(176), height), QPointF(room.right() - px(144), height))
        painter.setPen(QColor(current_tokens().text))
        text = QRectF(room.right() - px(136), height - px(8), px(136), px(16))
        shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, round(text.width()))
        painter.drawText(text, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


class StepCurveDialog(QDialog):
    """The curve, and the numbers that it is made of."""

    def __init__(self, parent: QWidget, name: str, measures: Sequence[StepMeasure]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("More steps: {name}", name=name))
        self.resize(px(640), px(560))
        self.curve = StepCurve(measures)
        self.by_steps = mode_button(
            tr("By steps"),
            tr("what each further step changes"),
            "",
            lambda: self.curve.show_by_seconds(by_seconds=False),
        )
        self.by_seconds = mode_button(
            tr("By seconds"),
            tr("what can be had in how much time"),
            "",
            lambda: self.curve.show_by_seconds(by_seconds=True),
        )
        self._group = QButtonGroup(self)
        for button in (self.by_steps, self.by_seconds):
            self._group.addButton(button)
        self.by_steps.setChecked(True)
        self.numbers = _table(measures)
        self._lay_out(max(measure.steps for measure in measures))

    def _lay_out(self, most: int) -> None:
        text = label(
            tr(
                "How far each picture is from that of {most} steps: the root mean square of the differences of all "
                "pixels, of 255. Where the curve lies low, more steps change little and only take longer.",
                most=most,
            ),
            "muted",
        )
        text.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self.by_steps)
        head.addWidget(self.by_seconds)
        head.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(24))
        column.setSpacing(px(12))
        column.addWidget(text)
        column.addLayout(head)
        column.addWidget(self.curve, 1)
        column.addWidget(self.numbers, 1)


def measure_text(measure: StepMeasure) -> str:
    """ "Euler, 20 steps: 3.1 of 255 in 1.5 s"."""
    line = f"{measure.line}, " if measure.line else ""
    return tr(
        "{line}{steps} steps: {distance:.1f} of 255 in {seconds:.1f} s",
        line=line,
        steps=measure.steps,
        distance=measure.distance,
        seconds=measure.seconds,
    )


def _table(measures: Sequence[StepMeasure]) -> QTableWidget:
    names = (tr("With"), tr("Steps"), tr("Seconds"), tr("Distance"))
    table = QTableWidget(len(measures), len(names))
    table.setAccessibleName(tr("The numbers"))
    table.setHorizontalHeaderLabels(names)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for row, measure in enumerate(measures):
        texts = (measure.line, str(measure.steps), f"{measure.seconds:.1f}", f"{measure.distance:.2f}")
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            if column:
                item.setTextAlignment(right)
            table.setItem(row, column, item)
    table.setColumnHidden(0, not any(measure.line for measure in measures))
    return table

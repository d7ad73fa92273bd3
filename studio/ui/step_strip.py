"""All steps in a row, small: where the picture appears is seen at a glance, and pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.language import tr
from studio.ui.images import to_qimage
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

_GAP = 4
_RADIUS = 4


class StepStrip(QWidget):
    """Where there is no room for all steps, some of them stand for the rest.

    Signals:
        chosen(int): the user pointed at this step, or went to it with the arrows, Home or End.
        opened(): Enter, or the button of the mouse was let go: more is to be seen of the step.
    """

    chosen = Signal(int)
    opened = Signal()

    def __init__(
        self,
        name: str = tr("Steps"),
        tip: str = tr("The model's guess after each step: point at one, or use the arrow keys"),
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(px(48))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._images: tuple[QImage, ...] = ()
        self._row = QPixmap()
        self._current = 0

    def show_steps(self, pictures: Sequence[Pixels]) -> None:
        """The first one first."""
        self._images = tuple(to_qimage(pixels) for pixels in pictures)
        self._row = QPixmap()
        self.set_current(0)

    def set_current(self, index: int) -> None:
        self._current = index
        self.setAccessibleDescription(place_text(index, len(self._images)) if self._images else "")
        self.update()

    @property
    def current(self) -> int:
        """The step that is marked."""
        return self._current

    @property
    def shown_steps(self) -> tuple[int, ...]:
        """Those that there is room for."""
        count = len(self._images)
        room = max(1, (self.width() + px(_GAP)) // (self.height() + px(_GAP)))
        if count <= room:
            return tuple(range(count))
        return tuple(round(place * (count - 1) / (room - 1)) for place in range(room)) if room > 1 else (count - 1,)

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(48))

    def paintEvent(self, _event: QPaintEvent) -> None:
        shown = self.shown_steps
        if not shown:
            return
        if self._row.isNull():
            self._row = self._painted_row(shown)
        tokens = current_tokens()
        marked = min(shown, key=lambda step: abs(step - self._current))
        cell = self._cell(shown.index(marked))
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._row)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.accent), px(2)))
        painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), px(_RADIUS), px(_RADIUS))
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.text), 1))
            painter.drawRoundedRect(cell.adjusted(3, 3, -3, -3), px(2), px(2))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._row = QPixmap()

    def _painted_row(self, shown: Sequence[int]) -> QPixmap:
        """Painted once: the mark moves over it with each step."""
        ratio = self.devicePixelRatioF()
        row = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        row.setDevicePixelRatio(ratio)
        row.fill(Qt.GlobalColor.transparent)
        painter = QPainter(row)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        for place, step in enumerate(shown):
            _draw(painter, self._images[step], self._cell(place))
        painter.end()
        return row

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose_at(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        if self._images:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._images) - 1
        targets = {
            Qt.Key.Key_Left: max(0, self._current - 1),
            Qt.Key.Key_Right: min(last, self._current + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in targets and self._images:
            self._choose(targets[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._images:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def _choose_at(self, position: QPointF) -> None:
        """A strip on which some steps stand for the rest is also a ruler: what lies between can be pointed at."""
        if not self._images:
            return
        shown = self.shown_steps
        if len(shown) == len(self._images):
            self._choose(min(len(shown) - 1, max(0, int(position.x() / self._pitch))))
        else:
            share = (position.x() - self.height() / 2) / (self.width() - self.height())
            self._choose(min(len(self._images) - 1, max(0, round(share * (len(self._images) - 1)))))

    def _choose(self, index: int) -> None:
        if index != self._current:
            self.set_current(index)
            self.chosen.emit(index)

    def _cell(self, place: int) -> QRectF:
        side = self.height()
        return QRectF(place * self._pitch, 0, side, side)

    @property
    def _pitch(self) -> float:
        """From one picture to the next: a strip that is full reaches from edge to edge."""
        shown = len(self.shown_steps)
        if shown == len(self._images):
            return self.height() + px(_GAP)
        return (self.width() - self.height()) / max(1, shown - 1)


def _draw(painter: QPainter, image: QImage, cell: QRectF) -> None:
    """Its middle fills the cell."""
    path = QPainterPath()
    path.addRoundedRect(cell, px(_RADIUS), px(_RADIUS))
    painter.save()
    painter.setClipPath(path)
    side = min(image.width(), image.height())
    middle = QRectF((image.width() - side) / 2, (image.height() - side) / 2, side, side)
    painter.drawImage(cell, image, middle)
    painter.restore()


def place_text(index: int, count: int) -> str:
    """ "Step 3 of 20"."""
    return tr("Step {index} of {count}", index=index + 1, count=count)

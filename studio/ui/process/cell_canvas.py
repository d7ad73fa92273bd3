"""The latent as a picture that is painted on, cell by cell, by pointer or by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.language import tr
from studio.ui.images import to_qimage
from studio.ui.keys import claims_painting_keys
from studio.ui.process.middle import paint_words, place_of
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

_Cell = tuple[int, int]
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class CellCanvas(QWidget):
    """Cells are (row, column) from 0.

    Signals:
        stroke_begun(cell): the button went down, or Space.
        stroke_moved(cell): the pointer is over another cell, the button still down.
        picked(cell): a click with Alt, or Enter.
        undo_asked(): Ctrl+Z.
    """

    stroke_begun = Signal(object)
    stroke_moved = Signal(object)
    picked = Signal(object)
    undo_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("The latent, to be painted on"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(px(96), px(96))
        self.brush_size = 3
        self.image = QImage()
        self.text = ""
        self._rows = self._columns = 1
        self._at: _Cell = (0, 0)
        self._source: _Cell | None = None

    def show_latent(self, pixels: Pixels, rows: int, columns: int) -> None:
        """`pixels` show as many cells; the mark stays where it is."""
        self.image, self.text = to_qimage(pixels), ""
        self._rows, self._columns = rows, columns
        self._move_to(self._at)

    def show_nothing(self, why: str) -> None:
        self.image, self.text = QImage(), why
        self.update()

    def show_source(self, cell: _Cell | None) -> None:
        """The cell that is copied has a frame."""
        self._source = cell
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(256), px(256))

    # --- pointer and keys ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if cell is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        self._move_to(cell)
        (self.picked if event.modifiers() & Qt.KeyboardModifier.AltModifier else self.stroke_begun).emit(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if cell is None or cell == self._at:
            return
        self._move_to(cell)
        if event.buttons() & Qt.MouseButton.LeftButton and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.stroke_moved.emit(cell)

    def event(self, event: QEvent) -> bool:
        return claims_painting_keys(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_asked.emit()
        elif self.image.isNull():
            super().keyPressEvent(event)
        elif key in _ARROWS:
            row, column = self._at
            down, right = _ARROWS[key]
            self._move_to((row + down, column + right))
        elif key == Qt.Key.Key_Space:
            self.stroke_begun.emit(self._at)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.picked.emit(self._at)
        else:
            super().keyPressEvent(event)

    def _move_to(self, cell: _Cell) -> None:
        row, column = cell
        self._at = min(max(row, 0), self._rows - 1), min(max(column, 0), self._columns - 1)
        self.setAccessibleDescription(
            tr("Row {row} of {rows}, column {column}", row=self._at[0] + 1, rows=self._rows, column=self._at[1] + 1)
        )
        self.update()

    # --- where things are ---

    def _cell_at(self, position: QPointF) -> _Cell | None:
        place = QRectF(place_of(self.image, self))
        if self.image.isNull() or not place.contains(position):
            return None
        across, down = (position.x() - place.left()) / place.width(), (position.y() - place.top()) / place.height()
        return min(int(down * self._rows), self._rows - 1), min(int(across * self._columns), self._columns - 1)

    def _frame(self, cell: _Cell, size: int) -> QRectF:
        """Around a square of `size` cells whose middle is in this cell."""
        place = place_of(self.image, self)
        wide, high = place.width() / self._columns, place.height() / self._rows
        before = (size - 1) // 2
        return QRectF(
            place.left() + (cell[1] - before) * wide, place.top() + (cell[0] - before) * high, size * wide, size * high
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = current_tokens()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(tokens.canvas))
        if self.image.isNull():
            paint_words(painter, self, self.text)
        else:
            painter.drawImage(place_of(self.image, self), self.image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._source is not None:
                self._outline(painter, self._frame(self._source, 1), is_round=False)
            if self.hasFocus() or self.underMouse():
                self._outline(painter, self._frame(self._at, self.brush_size), is_round=self.brush_size > 2)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), px(2)))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _outline(self, painter: QPainter, frame: QRectF, *, is_round: bool) -> None:
        """Seen on light and on dark."""
        draw = painter.drawEllipse if is_round else painter.drawRect
        for colour, width in (("#000000", 3.0), ("#ffffff", 1.0)):
            painter.setPen(QPen(QColor(colour), width))
            draw(frame)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

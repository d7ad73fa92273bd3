"""A picture with a mask that is painted over it, by pointer or by keys: the canvas' brush, and nothing else of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.language import tr
from studio.imaging.brush import Brush, StrokePoint
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.ui.canvas.mask_look import MaskStyle, mask_colouring
from studio.ui.images import to_qimage
from studio.ui.keys import claims_painting_keys
from studio.ui.process.middle import place_of
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_HARDNESS = 0.8
_STEPS_ACROSS = 32
"""With the arrow keys, from one side of the picture to the other."""


class RegionCanvas(QWidget):
    """
    Signals:
        painted(): the mask is another one.
    """

    painted = Signal()

    def __init__(self, picture: Pixels) -> None:
        super().__init__()
        self.setAccessibleName(tr("The picture, to paint the region on"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(px(192), px(192))
        self.erases = False
        self._canvas = Canvas(picture)
        self._image = to_qimage(picture)
        self._over = QImage()
        self._at = QPointF(self._canvas.width / 2, self._canvas.height / 2)
        self._brush = Brush(diameter=max(1.0, min(self._canvas.width, self._canvas.height) / 4), hardness=_HARDNESS)

    @property
    def painted_mask(self) -> MaskPixels:
        """255 = painted. A copy."""
        return self._canvas.mask_now()

    @property
    def is_empty(self) -> bool:
        return self._canvas.is_mask_empty

    @property
    def can_undo(self) -> bool:
        return self._canvas.undo_label is not None

    def set_brush_share(self, share: float) -> None:
        """As wide as this share (0 to 1) of the picture's shorter side."""
        side = min(self._canvas.width, self._canvas.height)
        self._brush = Brush(diameter=min(max(1.0, share * side), Brush.LARGEST), hardness=_HARDNESS)
        self.update()

    def undo(self) -> None:
        if not self._canvas.is_drawing and self._canvas.undo() is not None:
            self._show_mask()

    def clear(self) -> None:
        if not self._canvas.is_drawing and not self.is_empty:
            self._canvas.set_mask(np.zeros_like(self.painted_mask), "clear")
            self._show_mask()

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(480))

    # --- pointer and keys ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and not self._canvas.is_drawing:
            self._move_to(self._in_picture(event.position()))
            self._begin()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move_to(self._in_picture(event.position()))
        if self._canvas.is_drawing:
            self._canvas.continue_stroke(self._point())
            self._show_mask()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._canvas.is_drawing:
            self._end()

    def event(self, event: QEvent) -> bool:
        return claims_painting_keys(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif key in _ARROWS:
            right, down = _ARROWS[key]
            step = max(self._canvas.width, self._canvas.height) / _STEPS_ACROSS
            self._move_to(self._at + QPointF(right * step, down * step))
        elif key == Qt.Key.Key_Space and not self._canvas.is_drawing:
            self._begin()
            self._end()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def _begin(self) -> None:
        self._canvas.begin_stroke(LayerName.MASK, self._brush, 0 if self.erases else 255, self._point())
        self._show_mask()

    def _end(self) -> None:
        self._canvas.end_stroke("stroke")
        self._show_mask()

    def _move_to(self, at: QPointF) -> None:
        """Within the picture, whose first pixel's corner is (0, 0)."""
        width, height = self._canvas.width, self._canvas.height
        self._at = QPointF(min(max(at.x(), 0), width), min(max(at.y(), 0), height))
        self.setAccessibleDescription(
            tr("{x} of {width} pixels across, {y} of {height} down", x=round(self._at.x()), width=width,
               y=round(self._at.y()), height=height)
        )  # fmt: skip
        self.update()

    def _point(self) -> StrokePoint:
        return StrokePoint(self._at.x(), self._at.y())

    # --- what is seen ---

    def _show_mask(self) -> None:
        colours = mask_colouring(MaskStyle.COLOUR, current_tokens().accent)(self._canvas.mask)
        if colours is None:
            self._over = QImage()
        else:
            height, width = colours.shape
            form = QImage.Format.Format_ARGB32_Premultiplied
            self._over = QImage(np.ascontiguousarray(colours).tobytes(), width, height, 4 * width, form).copy()
        self.update()
        self.painted.emit()

    def _in_picture(self, position: QPointF) -> QPointF:
        place = QRectF(place_of(self._image, self))
        scale = self._canvas.width / place.width()
        return (position - place.topLeft()) * scale

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = current_tokens()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(tokens.canvas))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = place_of(self._image, self)
        painter.drawImage(place, self._image)
        if not self._over.isNull():
            painter.drawImage(place, self._over)
        if self.hasFocus() or self.underMouse():
            self._paint_brush(painter, QRectF(place))
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), px(2)))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_brush(self, painter: QPainter, place: QRectF) -> None:
        """Seen on light and on dark."""
        scale = place.width() / self._canvas.width
        middle, radius = place.topLeft() + self._at * scale, self._brush.diameter / 2 * scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in (("#000000", 3.0), ("#ffffff", 1.0)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(middle, radius, radius)

"""Paints one picture: all of it, or as the user has zoomed and moved it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.language import tr
from studio.ui.large.large_pictures import LargePicture
from studio.ui.theme import current_tokens, px
from studio.ui.zoom import Zoom

_NOTCH = 120
"""Of a wheel, as Qt counts."""


class LargePictureView(QWidget):
    """The wheel zooms, a drag moves, a double click changes between all of the picture and its actual size.

    Signals:
        menu_requested(QPoint): the context menu at this global position.
    """

    menu_requested = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Large picture"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._size = QSize(1, 1)
        self._stand_in = QImage()
        self._picture: LargePicture | None = None
        self._fault = ""
        self._dragged: QPoint | None = None
        self.zoom = Zoom(self, lambda: self._size, self.size)

    @property
    def is_sharp(self) -> bool:
        """Whether the picture itself is seen, and not what stands in for it."""
        return self._picture is not None

    def await_picture(self, size: QSize, stand_in: QImage) -> None:
        """Another picture of this size begins with something small in its place."""
        self._size, self._stand_in = size, stand_in
        self._picture, self._fault = None, ""
        self.zoom.fit()

    def show_picture(self, picture: LargePicture) -> None:
        """It takes the place of what stands in for it."""
        self._picture = picture
        self._size = picture.levels[0].size()  # the index may tell another one, of a file that was changed outside
        self.zoom.fit_again()
        self.update()

    def show_fault(self, text: str) -> None:
        """Why the picture is not seen; what stood in for it stays."""
        self._fault = text
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(current_tokens().canvas))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.zoom.is_smooth)
        zoom = self.zoom.viewport.zoom
        image = self._picture.level_for(zoom) if self._picture is not None else self._stand_in
        painter.drawImage(self.zoom.place(QPointF(), 0, 0, self._size), image)
        if self._fault:
            self._paint_fault(painter)
        painter.end()

    def _paint_fault(self, painter: QPainter) -> None:
        """In the middle, or above what stands in: notices come from below."""
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter
        room = QRectF(self.rect()).adjusted(px(40), px(32), -px(40), -px(32))
        place = painter.boundingRect(room, flags, self._fault)
        if self._stand_in.isNull():
            place.moveCenter(room.center())
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(current_tokens().surface))
            painter.drawRoundedRect(place.adjusted(-px(16), -px(8), px(16), px(8)), px(8), px(8))
        painter.setPen(QColor(current_tokens().muted))
        painter.drawText(place, flags, self._fault)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.zoom.fit_again()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom.by(event.angleDelta().y() / _NOTCH, event.position())
        self._show_cursor()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._dragged = event.position().toPoint()
            self._show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            place = event.position().toPoint()
            self.zoom.pan(place.x() - self._dragged.x(), place.y() - self._dragged.y())
            self._dragged = place

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = None
        self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.zoom.is_fitted:
            self.zoom.show_actual_size()
        else:
            self.zoom.fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(event.globalPos())

    def _show_cursor(self) -> None:
        if self._dragged is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self.zoom.is_fitted:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.OpenHandCursor)

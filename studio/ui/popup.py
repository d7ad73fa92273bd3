"""The frame of everything that opens over the window and closes with Escape or a click elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainterPath, QRegion, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from studio.ui.theme import px

_RADIUS = 8
"""Design pixels, as in the style sheet."""


class Popup(QFrame):
    """Has round corners by its shape: a translucent ground would need a compositor, and be black without one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("popup")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), px(_RADIUS), px(_RADIUS))
        self.setMask(QRegion(shape.toFillPolygon().toPolygon()))

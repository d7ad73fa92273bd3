"""What stands in the middle of a pane of the process page: a picture in its own shape, or words where there is none."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from studio.ui.theme import current_tokens, px


def place_of(image: QImage, widget: QWidget) -> QRect:
    """As large as the widget allows."""
    size = image.size().scaled(widget.size(), Qt.AspectRatioMode.KeepAspectRatio)
    corner = QPoint((widget.width() - size.width()) // 2, (widget.height() - size.height()) // 2)
    return QRect(corner, size)


def paint_words(painter: QPainter, widget: QWidget, words: str) -> None:
    painter.setPen(QColor(current_tokens().muted))
    room = widget.rect().adjusted(px(24), px(16), -px(24), -px(16))
    painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)

"""Small pictures with as many pixels as the screen has for them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap


def fitted_pixmap(image: QImage, side: int, ratio: float) -> QPixmap:
    """The whole image in a square of `side` pixels of the window; `ratio`: pixels of the screen for one of them."""
    size = image.size().scaled(QSize(side, side) * ratio, Qt.AspectRatioMode.KeepAspectRatio)
    smooth = Qt.TransformationMode.SmoothTransformation
    pixmap = QPixmap.fromImage(image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap

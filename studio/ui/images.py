"""Arrays to Qt images and back: the only place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from studio.core.pixels import frozen_pixels

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


def to_qimage(pixels: Pixels) -> QImage:
    """A QImage with a copy of `pixels`, so that it does not depend on the array's life."""
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888).copy()


def from_qimage(image: QImage) -> Pixels:
    """The pixels of an image; transparent ones lie on white."""
    import numpy as np

    opaque = QImage(image.size(), QImage.Format.Format_RGB888)
    opaque.fill(Qt.GlobalColor.white)
    painter = QPainter(opaque)
    painter.drawImage(0, 0, image)
    painter.end()
    rows = np.frombuffer(opaque.constBits(), np.uint8).reshape(opaque.height(), opaque.bytesPerLine())
    pixels = rows[:, : opaque.width() * 3].reshape(opaque.height(), opaque.width(), 3)
    return frozen_pixels(pixels.copy())

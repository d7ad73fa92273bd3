"""Arrays to Qt images and back: the only place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


def to_qimage(pixels: Pixels) -> QImage:
    """A QImage with a copy of `pixels`, so that it does not depend on the array's life."""
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888).copy()

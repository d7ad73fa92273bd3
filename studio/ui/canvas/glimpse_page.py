"""What a large photograph looks like, while it is still being read: nothing can be done with it yet."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.canvas.overlays import draw_ground
from studio.ui.canvas.sight import FOOT, MARGIN
from studio.ui.canvas.viewport import Viewport
from studio.ui.controls import label
from studio.ui.theme import px

_BAR_HEIGHT = 48


class GlimpsePage(QWidget):
    """Stands where the canvas will be, and where on it the picture will be."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self.said = label("", "muted")
        self.said.setFixedHeight(px(_BAR_HEIGHT))
        self.said.setContentsMargins(px(16), 0, px(16), 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.said)
        column.addStretch()

    def show_glimpse(self, name: str, image: QImage) -> None:
        """Of the file with this name, in a size near that of the window."""
        self._image = image
        self.said.setText(tr("Opening {name} …", name=name))
        self.setAccessibleName(tr("Opening {name}", name=name))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        place = self.rect().adjusted(0, px(_BAR_HEIGHT), 0, 0)
        painter = QPainter(self)
        draw_ground(painter, place)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        width, height = self._image.width(), self._image.height()
        seen = Viewport.fitting(width, height, place.width(), place.height(), px(MARGIN), px(FOOT))
        target = QRectF(seen.left, seen.top, width * seen.zoom, height * seen.zoom)
        painter.drawImage(target.translated(place.topLeft()), self._image)
        painter.end()

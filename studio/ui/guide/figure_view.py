"""A picture of the guide with its caption, as wide as the text at most."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.core.resources import resource_path
from studio.ui.controls import label
from studio.ui.guide.chapters import Figure
from studio.ui.theme import px


class FigureView(QWidget):
    """What the program itself made (`packaging/guide/make_chapter_pictures.py`)."""

    def __init__(self, figure: Figure) -> None:
        super().__init__()
        self.picture = _Picture(QPixmap(str(resource_path("guide", figure.file))))
        self.picture.setAccessibleName(figure.caption)
        caption = label(figure.caption, "muted")
        caption.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self.picture)
        column.addWidget(caption)


class _Picture(QWidget):
    """Never larger than it is; smaller where there is less room."""

    def __init__(self, pixmap: QPixmap) -> None:
        super().__init__()
        self.pixmap = pixmap
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        return QSize(px(self.pixmap.width()), px(self.pixmap.height()))

    def heightForWidth(self, width: int) -> int:
        shown = min(width, px(self.pixmap.width()))
        return round(shown * self.pixmap.height() / max(1, self.pixmap.width()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        width = min(self.width(), px(self.pixmap.width()))
        size = self.pixmap.size().scaled(QSize(width, self.height()), Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawPixmap(QRect(0, 0, size.width(), size.height()), self.pixmap)
        painter.end()

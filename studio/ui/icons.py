"""Icons: line drawings in `resources/icons`, painted in the colour of the theme in force."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from studio.core.resources import resource_path
from studio.ui.theme import current_tokens

_INK = b"#000"


def icon(name: str) -> QIcon:
    """The icon `resources/icons/<name>.svg`. It follows the theme without being made again."""
    return QIcon(_LineIcon(name))


def application_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    return QIcon(str(resource_path("icons", "app.svg")))


def read_drawings() -> None:
    """Read those of all icons. In another thread: a window that reads one while it paints waits for the drive, a tenth
    of a second where that is just writing a picture down."""
    for path in resource_path("icons").glob("*.svg"):
        _drawing(path.stem)


@cache
def _drawing(name: str) -> bytes:
    return resource_path("icons", f"{name}.svg").read_bytes()


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_drawing(name).replace(_INK, colour.encode())))


class _LineIcon(QIconEngine):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        _renderer(self._name, _colour(mode)).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Kept by Qt: a window that is painted as a whole shows some sixty."""
        key = f"{self._name} {_colour(mode)} {size.width()} {size.height()}"
        pixmap = QPixmap()
        if not QPixmapCache.find(key, pixmap):
            pixmap = self._drawn(size, mode, state)
            QPixmapCache.insert(key, pixmap)
        return pixmap

    def _drawn(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _LineIcon(self._name)


def _colour(mode: QIcon.Mode) -> str:
    tokens = current_tokens()
    return QColor(tokens.control if mode == QIcon.Mode.Disabled else tokens.text).name()

"""The small pictures beside the models of the list: few are in sight, and each is decoded once."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QPixmapCache

from studio.ui.gallery.thumbnails import rounded, square_image
from studio.ui.icons import icon
from studio.ui.theme import current_tokens, px

_RADIUS = 6
_ICON = 20


def model_thumbnail(file: Path, side: int, scale: float) -> QPixmap:
    """The middle of the picture in `file`, `side` pixels of the window wide; null if it cannot be read.

    `scale`: pixels of the screen for one of the window.
    """
    try:
        key = f"{file} {file.stat().st_mtime_ns} {side} {scale}"
        pixmap = QPixmap()
        if QPixmapCache.find(key, pixmap):
            return pixmap
        image = square_image(file.read_bytes(), round(side * scale), file.suffix[1:].encode())
    except OSError:  # taken away meanwhile: as good as none
        return QPixmap()
    pixmap = QPixmap.fromImage(rounded(image, round(px(_RADIUS) * scale)))
    pixmap.setDevicePixelRatio(scale)
    QPixmapCache.insert(key, pixmap)
    return pixmap


def paint_thumbnail(painter: QPainter, square: QRect, file: Path | None) -> None:
    """The picture in `square`; where there is none, a quiet place for it."""
    scale = painter.device().devicePixelRatioF()
    pixmap = model_thumbnail(file, square.width(), scale) if file is not None else QPixmap()
    if not pixmap.isNull():
        painter.drawPixmap(square.topLeft(), pixmap)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(current_tokens().raised))
    painter.drawRoundedRect(square, px(_RADIUS), px(_RADIUS))
    inner = QRect(0, 0, px(_ICON), px(_ICON))
    inner.moveCenter(square.center())
    painter.setOpacity(0.5)
    icon("box").paint(painter, inner)
    painter.setOpacity(1.0)


def card_side() -> QSize:
    """Of the picture in the card."""
    return QSize(px(160), px(160))

"""Paints one cell of the gallery: the picture cut to a square, and a frame when it is selected."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.gallery.picture_marks import PictureMarks
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.theme import current_tokens, px

GAP = 3
"""Design pixels around a picture in its cell."""


class ThumbnailDelegate(QStyledItemDelegate):
    """A quiet ground until the picture has come. Nothing is decoded, scaled or read here."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens = current_tokens()
        cell: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]  missing in the stubs
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]  missing in the stubs
        gap, radius = px(GAP), px(4)
        place = QRectF(cell.adjusted(gap, gap, -gap, -gap))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(thumbnail_brush(index.data(Qt.ItemDataRole.DecorationRole), place))
        painter.drawRoundedRect(place, radius, radius)
        marks = marks_text(index.data(GalleryModel.MARKS))
        if marks:
            _draw_marks(painter, place, marks)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(tokens.accent), px(2) + 1))
            painter.drawRoundedRect(place, radius, radius)
        elif state & (QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver):
            painter.setPen(QPen(QColor(tokens.control), px(2)))
            painter.drawRoundedRect(place, radius, radius)
        painter.restore()


def thumbnail_side(cell: QSize) -> int:
    """Of the picture in a cell, in pixels of the window."""
    return cell.width() - 2 * px(GAP)


def thumbnail_brush(image: QImage, place: QRectF) -> QBrush:
    """Fills `place` with the image, which is as many pixels of the screen large, except for a moment after the size was
    changed; with a quiet ground while there is no image."""
    if image.isNull():
        return QBrush(QColor(current_tokens().raised))
    brush = QBrush(image)
    scale = place.width() / image.width()
    brush.setTransform(QTransform(scale, 0, 0, scale, place.left(), place.top()))
    return brush


def marks_text(marks: PictureMarks) -> str:
    """A heart for a favourite, and as many stars as it is rated with."""
    return "♥" * marks.favourite + "★" * marks.rating


def _draw_marks(painter: QPainter, place: QRectF, marks: str) -> None:
    """On a dark strip along the lower edge, readable over any picture in both themes."""
    strip = QRectF(place.left(), place.bottom() - px(18), place.width(), px(18))
    outline = QPainterPath()
    outline.addRoundedRect(place, px(4), px(4))
    painter.setClipPath(outline)
    painter.fillRect(strip, QColor(0, 0, 0, 150))
    painter.setClipping(False)
    font = QFont(painter.font())
    font.setPixelSize(px(11))
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(strip.adjusted(px(4), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, marks)

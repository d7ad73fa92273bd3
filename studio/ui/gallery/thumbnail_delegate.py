"""Paints one cell of the gallery: the picture cut to a square, and a frame when it is selected."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.gallery.picture_marks import PictureMarks
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.theme import current_tokens, px

GAP = 3
"""Design pixels around a picture in its cell."""


class ThumbnailDelegate(QStyledItemDelegate):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.side = px(88)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self.side + 2 * px(GAP), self.side + 2 * px(GAP))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens = current_tokens()
        cell: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]  missing in the stubs
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]  missing in the stubs
        gap = px(GAP)
        place = QRectF(cell.adjusted(gap, gap, -gap, -gap))
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        outline.addRoundedRect(place, px(4), px(4))
        image: QImage = index.data(Qt.ItemDataRole.DecorationRole)
        painter.setClipPath(outline)
        painter.fillRect(place, QColor(tokens.raised))
        if not image.isNull():
            painter.drawImage(place, image, _square(image))
        marks = marks_text(index.data(GalleryModel.MARKS))
        if marks:
            _draw_marks(painter, place, marks)
        painter.setClipping(False)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(tokens.accent), px(2) + 1))
            painter.drawPath(outline)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(QColor(tokens.control), px(2)))
            painter.drawPath(outline)
        painter.restore()


def marks_text(marks: PictureMarks) -> str:
    """A heart for a favourite, and as many stars as it is rated with."""
    return "♥" * marks.favourite + "★" * marks.rating


def _draw_marks(painter: QPainter, place: QRectF, marks: str) -> None:
    """On a dark strip along the lower edge, readable over any picture in both themes."""
    strip = QRectF(place.left(), place.bottom() - px(18), place.width(), px(18))
    painter.fillRect(strip, QColor(0, 0, 0, 150))
    font = QFont(painter.font())
    font.setPixelSize(px(11))
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(strip.adjusted(px(4), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, marks)


def _square(image: QImage) -> QRectF:
    """The middle square of the image."""
    side = min(image.width(), image.height())
    return QRectF((image.width() - side) / 2, (image.height() - side) / 2, side, side)

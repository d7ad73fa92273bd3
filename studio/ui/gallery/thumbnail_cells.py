"""Paints cells that are a picture: cut to a square, with its marks, and a frame when it is selected."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen

from studio.core.picture_id import PictureId
from studio.gallery.picture_marks import PictureMarks
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.theme import current_tokens, px

GAP = 3
"""Design pixels around a picture in its cell."""
RADIUS = 4


class ThumbnailCells:
    """Made for one painting of a view, as asking for colours and lengths takes longer than painting a picture. Nothing
    is decoded, scaled or read here; where a picture has not come yet there is a quiet ground."""

    def __init__(self, model: GalleryModel, painter: QPainter) -> None:
        self._model = model
        self._painter = painter
        tokens = current_tokens()
        self._gap, self._radius = px(GAP), px(RADIUS)
        self._ground = QColor(tokens.raised)
        self._selected = QPen(QColor(tokens.accent), px(2) + 1)
        self._pointed = QPen(QColor(tokens.control), px(2))
        self._focused = QPen(QColor(tokens.accent), px(2))
        self._marks_height = px(18)
        self._marks_font = QFont(painter.font())
        self._marks_font.setPixelSize(px(11))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def paint(self, cell: QRect, picture: PictureId, *, selected: bool, pointed: bool, focused: bool) -> None:
        """The focus is a ring around the picture, apart from the frame of those that are selected."""
        gap = self._gap
        place = cell.adjusted(gap, gap, -gap, -gap)
        image = self._model.thumbnails.image(picture)
        if image.isNull():
            self._painter.setPen(Qt.PenStyle.NoPen)
            self._painter.setBrush(self._ground)
            self._painter.drawRoundedRect(place, self._radius, self._radius)
        else:
            self._painter.drawImage(place, image)
        marks = marks_text(self._model.known_marks(picture))
        if marks:
            self._draw_marks(place, marks)
        if selected or pointed:
            self._painter.setPen(self._selected if selected else self._pointed)
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.drawRoundedRect(QRectF(place), self._radius, self._radius)
        if focused:
            out = self._focused.widthF()
            self._painter.setPen(self._focused)
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.drawRoundedRect(QRectF(place).adjusted(-out, -out, out, out), self._radius, self._radius)

    def _draw_marks(self, place: QRect, marks: str) -> None:
        """On a dark strip along the lower edge, readable over any picture in both themes."""
        painter = self._painter
        strip = place.adjusted(0, place.height() - self._marks_height, 0, 0)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(place), self._radius, self._radius)
        painter.setClipPath(outline)
        painter.fillRect(strip, QColor(0, 0, 0, 150))
        painter.setClipping(False)
        painter.setFont(self._marks_font)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawText(strip.adjusted(self._gap + 1, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, marks)


def thumbnail_side(cell: QSize) -> int:
    """Of the picture in a cell, in pixels of the window."""
    return cell.width() - 2 * px(GAP)


def marks_text(marks: PictureMarks) -> str:
    """A heart for a favourite, and as many stars as it is rated with."""
    return "♥" * marks.favourite + "★" * marks.rating

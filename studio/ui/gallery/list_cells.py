"""Paints rows that are a picture and what it was made of."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.gallery.picture_facts import PictureFacts
from studio.ui.dates import date_text
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.list_columns import Column, columns_for
from studio.ui.theme import current_tokens, px

_INSET = 4
"""Design pixels around the picture in its row."""
_RADIUS = 6
_NOT_TOLD = "-"


class ListCells:
    """Made for one painting of a view. Nothing is read here: a row whose facts have not come is a picture alone."""

    def __init__(self, model: GalleryModel, painter: QPainter) -> None:
        self._model = model
        self._painter = painter
        tokens = current_tokens()
        self._text, self._muted = QColor(tokens.text), QColor(tokens.muted)
        self._ground = QColor(tokens.raised)
        self._selected, self._pointed = QColor(tokens.accent_soft), QColor(tokens.hover)
        self._ring = QPen(QColor(tokens.accent), px(2))
        self._inset, self._radius = px(_INSET), px(_RADIUS)
        self._font = QFont(painter.font())
        self._font.setPixelSize(px(12))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def paint(self, cell: QRect, picture: PictureId, *, selected: bool, pointed: bool, focused: bool) -> None:
        painter = self._painter
        painter.setFont(self._font)
        painter.setPen(self._ring if focused else Qt.PenStyle.NoPen)
        painter.setBrush(self._selected if selected else self._pointed if pointed else Qt.BrushStyle.NoBrush)
        if selected or pointed or focused:
            painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), self._radius, self._radius)
        facts = self._model.known_facts(picture)
        for place in columns_for(cell.width(), cell.height()):
            column = QRect(cell.left() + place.left, cell.top(), place.width, cell.height())
            if place.column is Column.PICTURE:
                self._draw_picture(column, picture)
            elif facts is not None:
                self._draw_text(column, place.column, facts, picture)

    def _draw_picture(self, place: QRect, picture: PictureId) -> None:
        place = place.adjusted(self._inset, self._inset, -self._inset, -self._inset)
        image = self._model.thumbnails.image(picture)
        if image.isNull():
            self._painter.setPen(Qt.PenStyle.NoPen)
            self._painter.setBrush(self._ground)
            self._painter.drawRoundedRect(place, self._radius, self._radius)
        else:
            self._painter.drawImage(place, image)

    def _draw_text(self, place: QRect, column: Column, facts: PictureFacts, picture: PictureId) -> None:
        marks = self._model.known_marks(picture)
        text = "♥" * marks.favourite + "★" * marks.rating if column is Column.RATING else _TEXTS[column](facts)
        painter = self._painter
        painter.setPen(self._text if column is Column.PROMPT else self._muted)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def list_thumbnail_side(cell: QSize) -> int:
    """Of the picture in a row, in pixels of the window."""
    return cell.height() - 2 * px(_INSET)


def _prompt(facts: PictureFacts) -> str:
    return " ".join((facts.prompt or "").split()) or (tr("(empty prompt)") if facts.prompt == "" else facts.file_name)


def _date(facts: PictureFacts) -> str:
    day = facts.created_at.astimezone()
    return date_text(day, tr("d MMM yyyy"))


_TEXTS: dict[Column, Callable[[PictureFacts], str]] = {
    Column.PROMPT: _prompt,
    Column.MODEL: lambda facts: facts.model or _NOT_TOLD,
    Column.SIZE: lambda facts: f"{facts.width} × {facts.height}",
    Column.SEED: lambda facts: _NOT_TOLD if facts.seed is None else str(facts.seed),
    Column.STEPS: lambda facts: _NOT_TOLD if facts.steps is None else str(facts.steps),
    Column.DATE: _date,
}

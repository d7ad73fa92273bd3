"""Draws a line of the list of models: name, what it is, and how far it is."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.model_manager.model_list_model import ROW
from studio.ui.model_manager.model_row import ModelRow, RowState
from studio.ui.model_manager.model_thumbnail import paint_thumbnail
from studio.ui.theme import Tokens, current_tokens, px

_HEIGHT = 56


class ModelDelegate(QStyledItemDelegate):
    """All lines have one height, so that thousands of them are laid out at once."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(px(200), px(_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = cast("ModelRow", index.data(ROW))
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]  missing in the stubs
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]  missing in the stubs
        tokens = current_tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_ground(painter, rect, state, tokens)
        inner = rect.adjusted(px(12), px(8), -px(12), -px(8))
        square = QRect(inner.left(), inner.top(), inner.height(), inner.height())
        paint_thumbnail(painter, square, row.thumbnail)
        inner.setLeft(square.right() + px(12))
        _paint_words(painter, inner, row, tokens)
        if row.progress is not None:
            _paint_progress(painter, inner, row, tokens)
        painter.restore()


def _paint_ground(painter: QPainter, rect: QRect, state: QStyle.StateFlag, tokens: Tokens) -> None:
    box = QRectF(rect).adjusted(1, 1, -1, -1)
    selected = bool(state & QStyle.StateFlag.State_Selected)
    if selected or state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(QColor(tokens.accent_soft if selected else tokens.hover))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, px(6), px(6))
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawRoundedRect(box, px(6), px(6))


def _paint_words(painter: QPainter, inner: QRect, row: ModelRow, tokens: Tokens) -> None:
    usual = painter.font()
    small = QFont(usual)
    small.setPixelSize(px(12))
    right = _state_text(row)
    painter.setFont(small)
    right_width = min(painter.fontMetrics().horizontalAdvance(right) + px(4), inner.width() // 2) if right else 0
    line = inner.height() // 2
    first = QRect(inner.left(), inner.top(), inner.width() - right_width - px(12 if right else 0), line)
    aside = QRect(inner.right() - right_width, inner.top(), right_width, line)
    second = QRect(inner.left(), inner.top() + line, inner.width(), line)
    colour = tokens.danger if row.state in {RowState.FAILED, RowState.BROKEN} else tokens.muted
    _write(painter, aside, right, colour, Qt.AlignmentFlag.AlignRight)
    _write(painter, second, row.fault or row.progress_text or row.summary, tokens.danger if row.fault else tokens.muted)
    painter.setFont(usual)
    _write(painter, first, row.name, tokens.text)


def _state_text(row: ModelRow) -> str:
    """Nothing for what can be had: that is most of the list, and names need the room."""
    if row.state is RowState.AVAILABLE:
        return ""
    return row.state_text if row.progress is None else f"{row.state_text}  {row.progress:.0%}"


def _write(
    painter: QPainter,
    rect: QRect,
    text: str,
    colour: str,
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, alignment | Qt.AlignmentFlag.AlignVCenter, shown)


def _paint_progress(painter: QPainter, inner: QRect, row: ModelRow, tokens: Tokens) -> None:
    groove = QRectF(inner.left(), inner.bottom() + px(2), inner.width(), px(3))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.line))
    painter.drawRoundedRect(groove, 1.5, 1.5)
    painter.setBrush(QColor(tokens.accent if row.state.is_at_work else tokens.control))
    groove.setWidth(groove.width() * (row.progress or 0.0))
    painter.drawRoundedRect(groove, 1.5, 1.5)

"""The line above the pictures of a day."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from studio.core.language import tr
from studio.gallery.days import Day
from studio.ui.dates import date_text
from studio.ui.theme import current_tokens, px

HEADING = 32
"""Design pixels of a heading."""


def day_title(day: date, today: date) -> str:
    """As people call it: "Today", "Yesterday", "Tuesday, 24 November"; of another year with that."""
    if day == today:
        return tr("Today")
    if day == today - timedelta(days=1):
        return tr("Yesterday")
    form = tr("dddd, d MMMM") if day.year == today.year else tr("dddd, d MMMM yyyy")
    return date_text(day, form)


def paint_heading(painter: QPainter, place: QRect, day: Day, today: date, inset: int, *, counted: bool) -> None:
    """`inset` is what the pictures keep free on their left; only with `counted` it is told how many there are."""
    tokens = current_tokens()
    font = QFont(painter.font())
    font.setPixelSize(px(12))
    font.setWeight(QFont.Weight.DemiBold)
    painter.save()
    painter.setFont(font)
    painter.setPen(QColor(tokens.text))
    line = place.adjusted(inset, px(8), -inset, 0)
    alignment = Qt.AlignmentFlag.AlignVCenter
    count = f"{day.count:,}" if counted else ""
    title = painter.fontMetrics().elidedText(
        day_title(day.date, today),
        Qt.TextElideMode.ElideRight,
        line.width() - painter.fontMetrics().horizontalAdvance(count) - px(8),
    )
    painter.drawText(line, alignment | Qt.AlignmentFlag.AlignLeft, title)
    font.setWeight(QFont.Weight.Normal)
    painter.setFont(font)
    painter.setPen(QColor(tokens.muted))
    painter.drawText(line, alignment | Qt.AlignmentFlag.AlignRight, count)
    painter.restore()

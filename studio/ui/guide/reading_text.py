"""Markdown set for reading: a larger type than that of controls, with room between the lines."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QLabel

from studio.ui.theme import px

_TYPE_SIZE, _HEADING_SIZE = 15, 24
_LINE_HEIGHT = 150
"""Per cent."""
_SPACE_BETWEEN_PARAGRAPHS = 12


def reading_text(markdown: str) -> QLabel:
    """A label that wraps its lines; its text can be selected."""
    text = QLabel(_as_html(markdown))
    text.setTextFormat(Qt.TextFormat.RichText)
    text.setWordWrap(True)
    text.setAlignment(Qt.AlignmentFlag.AlignTop)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return text


def _as_html(markdown: str) -> str:
    document = QTextDocument()
    font = QFont()
    font.setPixelSize(px(_TYPE_SIZE))
    document.setDefaultFont(font)
    document.setMarkdown(markdown)
    cursor = QTextCursor(document)
    while True:
        _set_block(cursor)
        if not cursor.movePosition(QTextCursor.MoveOperation.NextBlock):
            return document.toHtml()


def _set_block(cursor: QTextCursor) -> None:
    layout = cursor.blockFormat()
    is_heading = layout.headingLevel() > 0
    layout.setBottomMargin(px(_SPACE_BETWEEN_PARAGRAPHS))
    layout.setTopMargin(0)
    if is_heading:
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        heading = cursor.charFormat()
        heading.setProperty(heading.Property.FontPixelSize, px(_HEADING_SIZE))
        cursor.mergeCharFormat(heading)
        cursor.clearSelection()
    else:
        layout.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    cursor.setBlockFormat(layout)

"""The field in which a prompt is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QToolTip

from studio.ui.incoming import in_clipboard, is_picture_alone
from studio.ui.messages import fault_text
from studio.ui.prompt_editor.completion import Begun, PromptNames, begun_at, complete, suggestions
from studio.ui.prompt_editor.highlighter import PromptHighlighter
from studio.ui.prompt_editor.items import move_item
from studio.ui.prompt_editor.positions import TextPositions
from studio.ui.prompt_editor.weights import change_weight
from studio.ui.replacement import Replacement
from studio.ui.suggestion_list import SuggestionList, without_keypad
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.prompts.syntax import Fault

_CONTROL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_WEIGHT_KEYS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_ITEM_KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class PromptEdit(QPlainTextEdit):
    """Plain text, with colours for its syntax, marks where a new part of the text encoder's window begins, keys for
    weights (Ctrl+Up, Ctrl+Down) and items (Alt+Left, Alt+Right), and suggestions. Each of these is one step to undo.
    """

    def __init__(self, placeholder: str, names: Callable[[], PromptNames] = PromptNames) -> None:
        """`names` is asked, often, for what can be suggested."""
        super().__init__()
        self._names = names
        self._marks: tuple[int, ...] = ()
        self.highlighter = PromptHighlighter(self.document())
        self.suggestion_list = SuggestionList(self)
        self.suggestion_list.chosen.connect(self._take_suggestion)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)  # a dropped file is a picture for the window, not a path for the prompt
        self.verticalScrollBar().valueChanged.connect(self.suggestion_list.hide)

    # --- the text ---

    def replace_text(self, text: str) -> None:
        """Replace the whole text in a way that Ctrl+Z brings the old one back."""
        if text != self.toPlainText():
            cursor = QTextCursor(self.document())
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(text)

    def selection(self) -> tuple[int, int]:
        """Start and end of what is selected, as indices of characters."""
        cursor, positions = self.textCursor(), TextPositions(self.toPlainText())
        return positions.to_index(cursor.selectionStart()), positions.to_index(cursor.selectionEnd())

    def caret(self) -> int:
        """The place of the caret, as an index of characters."""
        return TextPositions(self.toPlainText()).to_index(self.textCursor().position())

    def show_marks(self, marks: tuple[int, ...]) -> None:
        """Mark the places (indices of characters) where the text encoder begins another part."""
        if marks != self._marks:
            self._marks = marks
            self.viewport().update()

    def apply(self, change: Replacement) -> None:
        """Make one change, which is one step to undo."""
        before = TextPositions(self.toPlainText())
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.setPosition(before.to_units(change.start))
        cursor.setPosition(before.to_units(change.end), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(change.text)
        cursor.endEditBlock()
        after = TextPositions(self.toPlainText())
        cursor.setPosition(after.to_units(change.select_start))
        cursor.setPosition(after.to_units(change.select_end), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    # --- keys ---

    def event(self, event: QEvent) -> bool:
        """Keys that mean something here do not reach the window's shortcuts; Tab takes a suggestion if there is one."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and self._is_own_key(event):
                event.accept()
                return True
            if event.type() == QEvent.Type.ShortcutOverride and _pastes_picture(event):
                event.ignore()  # for the window, as if it was dropped
                return True
            if event.type() == QEvent.Type.KeyPress and self.suggestion_list.use_key(event):
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._change_by_key(event):
            revision = self.document().revision()
            super().keyPressEvent(event)
            self._after_key(typed=self.document().revision() != revision)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        self._after_key(typed=bool(event.commitString()))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.suggestion_list.hide()
        super().focusOutEvent(event)

    def _is_own_key(self, event: QKeyEvent) -> bool:
        key, modifiers = Qt.Key(event.key()), without_keypad(event)
        if self.suggestion_list.is_open and not modifiers and key == Qt.Key.Key_Escape:
            return True
        return (modifiers == _CONTROL and key in _WEIGHT_KEYS) or (modifiers == _ALT and key in _ITEM_KEYS)

    def _change_by_key(self, event: QKeyEvent) -> bool:
        key, modifiers = Qt.Key(event.key()), without_keypad(event)
        if modifiers == _CONTROL and key == Qt.Key.Key_Space:
            self._offer_suggestions()
        elif modifiers == _CONTROL and key in _WEIGHT_KEYS:
            self._apply_if_any(change_weight(self.toPlainText(), *self.selection(), _WEIGHT_KEYS[key]))
        elif modifiers == _ALT and key in _ITEM_KEYS:
            self._apply_if_any(move_item(self.toPlainText(), self.caret(), _ITEM_KEYS[key]))
        else:
            return False
        return True

    def _apply_if_any(self, change: Replacement | None) -> None:
        self.suggestion_list.hide()
        if change is not None and not self.isReadOnly():
            self.apply(change)

    # --- suggestions ---

    def _after_key(self, *, typed: bool) -> None:
        if typed or self.suggestion_list.is_open:
            self._offer_suggestions()

    def _offer_suggestions(self) -> None:
        begun = self._begun()
        found = suggestions(begun, self._names()) if begun else ()
        asked_for = begun is not None and begun.is_asked_for
        self.suggestion_list.offer(found, self._caret_rect(), first_is_current=asked_for)

    def _begun(self) -> Begun | None:
        return None if self.textCursor().hasSelection() else begun_at(self.toPlainText(), self.caret())

    def _take_suggestion(self, name: str) -> None:
        begun = self._begun()
        self.suggestion_list.hide()
        if begun is not None:
            self.apply(complete(self.toPlainText(), begun, name))

    def _caret_rect(self) -> QRect:
        return QRect(self.viewport().mapTo(self, self.cursorRect().topLeft()), self.cursorRect().size())

    # --- what is drawn and told ---

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._marks:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(QColor(current_tokens().muted), 1, Qt.PenStyle.DotLine))  # a full line is the caret
            for place in self.mark_places():
                painter.drawLine(place.topLeft(), place.bottomLeft())
            painter.end()

    def mark_places(self) -> list[QRect]:
        """Where the marks are drawn, in the viewport: as high as the line, one pixel wide."""
        positions, cursor = TextPositions(self.toPlainText()), QTextCursor(self.document())
        end = self.document().characterCount() - 1
        places: list[QRect] = []
        for mark in self._marks:
            cursor.setPosition(min(positions.to_units(mark), end))
            place = self.cursorRect(cursor)
            places.append(QRect(place.left() - px(1), place.top(), 1, place.height()))
        return places

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            fault = self._fault_at(event)
            if fault is not None:
                QToolTip.showText(event.globalPos(), fault_text(fault.reason), self)
                return True
        return super().viewportEvent(event)

    def _fault_at(self, event: QHelpEvent) -> Fault | None:
        place = self.cursorForPosition(event.pos()).position()
        index = TextPositions(self.toPlainText()).to_index(place)
        return self.highlighter.fault_at(index) or self.highlighter.fault_at(index - 1)  # between two: either of them


def _pastes_picture(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Paste) and is_picture_alone(in_clipboard())

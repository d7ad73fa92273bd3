"""The field in which searches are typed, with suggestions of fields and values."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from studio.gallery.search.known_values import NOTHING_KNOWN, KnownValues
from studio.ui.gallery.search_completion import BegunTerm, begun_at, begun_word, complete, suggestions
from studio.ui.suggestion_list import SuggestionList, without_keypad


class SearchField(QLineEdit):
    """Suggestions come while somebody types, and with Ctrl+Space; Tab or Enter takes one, Escape leaves them.

    Signals:
        values_asked(): the field is about to be used; `offer` what can be searched for.
        words_asked(str, Field | None): a word is begun, of this field or of any; `offer_words` that begin so.
    """

    values_asked = Signal()
    words_asked = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._known = NOTHING_KNOWN
        self._words: Sequence[str] = ()
        self._wants_words = False
        """Some were asked for, and nobody closed the suggestions since."""
        self.suggestion_list = SuggestionList(self)
        self.suggestion_list.chosen.connect(self._take)
        self.textEdited.connect(self._suggest)
        self.returnPressed.connect(self._close)

    def offer(self, known: KnownValues) -> None:
        """From now on these values are suggested."""
        self._known = known

    def offer_words(self, beginning: str, words: Sequence[str]) -> None:
        """These begin so. They are suggested if somebody still types such a word, and has not left the suggestions."""
        self._words = words
        begun = self._begun()
        if begun is not None and begun_word(begun) == beginning and self._wants_words:
            self._show(begun)

    def event(self, event: QEvent) -> bool:
        """Keys that mean something here do not reach the window's shortcuts; Tab takes a suggestion if there is one."""
        if isinstance(event, QKeyEvent):
            is_open = self.suggestion_list.is_open
            if event.type() == QEvent.Type.ShortcutOverride and is_open and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and self.suggestion_list.use_key(event):
                self._wants_words = self._wants_words and self.suggestion_list.is_open
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and without_keypad(event) == Qt.KeyboardModifier.ControlModifier:
            self._suggest()
            return
        super().keyPressEvent(event)
        if self.suggestion_list.is_open and not event.text():  # the caret was moved
            self._suggest()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.values_asked.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._close()
        super().focusOutEvent(event)

    def _close(self) -> None:
        """What was searched for is to be seen."""
        self._wants_words = False
        self.suggestion_list.hide()

    def _begun(self) -> BegunTerm | None:
        return None if self.hasSelectedText() else begun_at(self.text(), self.cursorPosition())

    def _suggest(self, _text: str = "") -> None:
        begun = self._begun()
        self._show(begun)
        word = "" if begun is None else begun_word(begun)
        self._wants_words = bool(word)
        if begun is not None and word:
            self.words_asked.emit(word, begun.field)

    def _show(self, begun: BegunTerm | None) -> None:
        is_typed = begun is not None and (begun.field or begun.typed)
        found = suggestions(begun, self._known, self._words) if begun is not None and is_typed else ()
        self.suggestion_list.offer(
            [suggestion.text for suggestion in found],
            self.cursorRect(),
            first_is_current=False,
            hints=[suggestion.hint for suggestion in found],
            colours=[suggestion.colour for suggestion in found],
        )

    def _take(self, chosen: str) -> None:
        begun = self._begun()
        self._close()
        if begun is None:
            return
        change = complete(self.text(), begun, chosen)
        self.setCursorPosition(0)  # what is done after a move is a step of its own to undo
        self.setSelection(change.start, change.end - change.start)
        self.insert(change.text)
        self.setCursorPosition(change.select_end)
        if begun.field is None and chosen.endswith(":"):
            self._suggest()

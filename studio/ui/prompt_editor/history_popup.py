"""Prompts that were used: a few letters, Enter, and one is there again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.core.request import Prompt
from studio.ui.controls import fit_height_to_rows, icon_button, label, section, shrink_to_content
from studio.ui.popup import Popup
from studio.ui.theme import px

_PROMPT = Qt.ItemDataRole.UserRole
_MOST_ROWS = 10
_MOST_SHOWN = 200
_MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}


class HistoryPopup(Popup):
    """A field and the prompts that hold every word typed into it, the newest first. Shift+Delete forgets one.

    Signals:
        chosen(Prompt)
        forgotten(Prompt)
    """

    chosen = Signal(object)
    forgotten = Signal(object)

    def __init__(self, parent: QWidget, history: Sequence[Prompt]) -> None:
        super().__init__(parent)
        self._history = list(history)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("Prompt history"))
        self.setFixedWidth(px(480))
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Find words in prompts you used"))
        self.field.setAccessibleName(tr("Find a prompt"))
        self.field.installEventFilter(self)
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setAccessibleName(tr("Prompts, the newest first"))
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows.setUniformItemSizes(True)
        self.rows.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._empty = label("", "muted")
        self._empty.setWordWrap(True)
        self.forget = icon_button("trash", tr("Forget this prompt  (Shift+Del)"), tr("Forget this prompt"))
        self._lay_out()
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._choose_current)
        self.rows.itemClicked.connect(self._choose_current)
        self.forget.clicked.connect(self._forget_current)
        self._filter("")

    def show_at(self, position: QPoint) -> None:
        """Open with the top left corner at this place of the screen."""
        self.move(position)
        self.show()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys for the list while the field keeps the focus."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        key = Qt.Key(event.key())
        if key in _MOVES:
            last = self.rows.count() - 1
            self.rows.setCurrentRow(max(0, min(self.rows.currentRow() + _MOVES[key], last)))
            return True
        if key == Qt.Key.Key_Delete and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._forget_current()
            return True
        return False

    def _filter(self, typed: str) -> None:
        fitting = [prompt for prompt in self._history if holds_words(prompt, typed)]
        self.rows.clear()
        for prompt in fitting[:_MOST_SHOWN]:
            self.rows.addItem(_row(prompt))
        self._empty.setText(
            tr("No prompt has these words. Try fewer of them.")
            if self._history
            else tr("Prompts you make pictures with will be here.")
        )
        self._empty.setVisible(not fitting)
        self.rows.setVisible(bool(fitting))
        self.forget.setEnabled(bool(fitting))
        if fitting:
            self.rows.setCurrentRow(0)
            fit_height_to_rows(self.rows, _MOST_ROWS)
        shrink_to_content(self)

    def _current(self) -> Prompt | None:
        item: QListWidgetItem | None = self.rows.currentItem()
        return item.data(_PROMPT) if item else None

    def _choose_current(self) -> None:
        prompt = self._current()
        if prompt is not None:
            self.close()
            self.chosen.emit(prompt)

    def _forget_current(self) -> None:
        prompt, row = self._current(), self.rows.currentRow()
        if prompt is not None:
            self._history.remove(prompt)
            self._filter(self.field.text())
            self.rows.setCurrentRow(min(row, self.rows.count() - 1))
            self.forgotten.emit(prompt)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.addWidget(label(tr("Enter uses it, and Ctrl+Z brings the old one back"), "muted"))
        foot.addStretch()
        foot.addWidget(self.forget)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(12), px(12), px(12))
        column.setSpacing(px(8))
        column.addWidget(section(tr("Prompts you used")))
        column.addWidget(self.field)
        column.addWidget(self.rows)
        column.addWidget(self._empty)
        column.addLayout(foot)


def holds_words(prompt: Prompt, typed: str) -> bool:
    """True when each typed word occurs in one of the two texts, in any case."""
    text = f"{prompt.text}\n{prompt.negative}".casefold()
    return all(word in text for word in typed.casefold().split())


def _row(prompt: Prompt) -> QListWidgetItem:
    one_line = " ".join(prompt.text.split()) or tr("(empty prompt)")
    negative = " ".join(prompt.negative.split())
    item = QListWidgetItem(one_line + (tr("   without: {negative}", negative=negative) if negative else ""))
    item.setToolTip(
        prompt.text + (tr("\n\nNot in the picture: {negative}", negative=prompt.negative) if prompt.negative else "")
    )
    item.setData(_PROMPT, prompt)
    item.setSizeHint(QSize(0, px(32)))
    return item

"""Every command by its name: Ctrl+K, a few letters, Enter."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.ui.theme import px

_ACTION = Qt.ItemDataRole.UserRole


class CommandPalette(QFrame):
    """A popup at the top of the window: a field and the commands that fit what is typed."""

    def __init__(self, parent: QWidget, commands: Iterable[QAction]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._commands = tuple(commands)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("All commands")
        self.setFixedSize(px(520), px(400))
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Find a command")
        self.field.installEventFilter(self)
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(12), px(12), px(12))
        column.setSpacing(px(8))
        column.addWidget(self.field)
        column.addWidget(self.rows)
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._run_current)
        self.rows.itemClicked.connect(self._run_current)
        self._filter("")

    def show_over(self, window: QWidget) -> None:
        self.move(window.mapToGlobal(QPoint((window.width() - self.width()) // 2, px(72))))
        self.show()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys move in the list while the field keeps the focus."""
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in moves:
            last = self.rows.count() - 1
            self.rows.setCurrentRow(max(0, min(self.rows.currentRow() + moves[Qt.Key(event.key())], last)))
            return True
        return False

    def _filter(self, typed: str) -> None:
        self.rows.clear()
        for action in self._commands:
            if action.isEnabled() and matches(typed, action.text()):
                self.rows.addItem(_row(action))
        self.rows.setCurrentRow(0)

    def _run_current(self) -> None:
        item: QListWidgetItem | None = self.rows.currentItem()
        self.close()
        if item:
            action: QAction = item.data(_ACTION)
            action.trigger()


def matches(typed: str, name: str) -> bool:
    """True when the typed letters occur in `name` in this order: "clq" finds "Clear the queue"."""
    letters = iter(name.casefold())
    return all(letter in letters for letter in typed.casefold().replace(" ", ""))


def _row(action: QAction) -> QListWidgetItem:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    item = QListWidgetItem(action.icon(), action.text() + (f"     {keys}" if keys else ""))
    item.setToolTip(action.toolTip())
    item.setData(_ACTION, action)
    return item

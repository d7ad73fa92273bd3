"""Every command by its name: Ctrl+K, a few letters, Enter."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.language import tr
from studio.ui.controls import fit_height_to_rows, shrink_to_content
from studio.ui.keys import keys_text
from studio.ui.popup import Popup
from studio.ui.theme import current_tokens, px

_ACTION = Qt.ItemDataRole.UserRole
_KEYS = Qt.ItemDataRole.UserRole + 1
_MOST_ROWS = 10


class CommandPalette(Popup):
    """A popup at the top of the window: a field and the commands that fit what is typed."""

    def __init__(self, parent: QWidget, commands: Iterable[QAction]) -> None:
        super().__init__(parent)
        self._commands = tuple(commands)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("All commands"))
        self.setFixedWidth(px(520))
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("What do you want to do?"))
        self.field.setAccessibleName(tr("Find a command"))
        self.field.installEventFilter(self)
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setIconSize(QSize(px(20), px(20)))
        self.rows.setItemDelegate(_KeysAtTheRight(self.rows))
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
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
        """Show what fits, best first; commands that cannot run now come last and cannot be chosen."""
        self.rows.clear()
        fitting = [action for action in self._commands if matches(typed, action.text())]
        for action in sorted(fitting, key=lambda action: (not action.isEnabled(), distance(typed, action.text()))):
            self.rows.addItem(_row(action))
        if not fitting:
            self.rows.addItem(_nothing_found())
        self.rows.setCurrentRow(0)
        fit_height_to_rows(self.rows, _MOST_ROWS)
        shrink_to_content(self)

    def _run_current(self) -> None:
        item: QListWidgetItem | None = self.rows.currentItem()
        if not item or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self.close()
        action: QAction = item.data(_ACTION)
        action.trigger()


class _KeysAtTheRight(QStyledItemDelegate):
    """A row with its shortcut at the right edge."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        place: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]  missing in the stubs
        painter.save()
        painter.setPen(QColor(current_tokens().muted))
        alignment = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place.adjusted(0, 0, -px(12), 0), alignment, str(index.data(_KEYS)))
        painter.restore()


def matches(typed: str, name: str) -> bool:
    """True when the typed letters occur in `name` in this order: "clq" finds "Clear the queue"."""
    letters = iter(name.casefold())
    return all(letter in letters for letter in typed.casefold().replace(" ", ""))


def distance(typed: str, name: str) -> int:
    """How far a matching `name` is from what was typed: 0 a beginning, 1 a word's beginning, 2 a part, 3 letters."""
    typed, name = typed.casefold().strip(), name.casefold()
    places = (name.startswith(typed), f" {typed}" in name, typed in name)
    return places.index(True) if True in places else len(places)


def _row(action: QAction) -> QListWidgetItem:
    keys = keys_text(action.shortcut())
    item = QListWidgetItem(action.icon(), action.text())
    item.setData(_KEYS, keys)
    item.setToolTip(action.toolTip())
    item.setData(_ACTION, action)
    if not action.isEnabled():
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _nothing_found() -> QListWidgetItem:
    item = QListWidgetItem(tr("No command has this name. Try another word, such as “queue”."))
    item.setData(_KEYS, "")
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item

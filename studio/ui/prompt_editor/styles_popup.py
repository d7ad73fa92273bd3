"""The styles: tick those to put around the prompt; add, change and delete them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.settings.prompt_book import PromptBook, PromptStyle
from studio.ui.controls import fit_height_to_rows, icon_button, label, section, shrink_to_content
from studio.ui.popup import Popup
from studio.ui.theme import px

_NAME = Qt.ItemDataRole.UserRole
_MOST_ROWS = 10


class StylesPopup(Popup):
    """Space or a click ticks a style, Enter changes it, Delete deletes it.

    Signals:
        ticked(str, bool): put the style of this name around the prompt, or not.
        add_requested()
        change_requested(str)
        delete_requested(str)
    """

    ticked = Signal(str, bool)
    add_requested = Signal()
    change_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, parent: QWidget, book: PromptBook) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("Styles"))
        self.setFixedWidth(px(320))
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setAccessibleName(tr("Styles, to be ticked"))
        self.rows.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._empty = label(tr("No styles yet. Add one: a text that is put around every prompt."), "muted")
        self._empty.setWordWrap(True)
        self.add = QPushButton(tr("Add a style…"))
        self.change = icon_button("sliders", tr("Change this style  (Enter)"), tr("Change this style"))
        self.delete = icon_button("trash", tr("Delete this style  (Del)"), tr("Delete this style"))
        self._lay_out()
        self.show_book(book)
        self.rows.itemChanged.connect(self._on_ticked)
        self.add.clicked.connect(self.add_requested)
        self.change.clicked.connect(self._change_current)
        self.delete.clicked.connect(self._delete_current)
        acts = {"Return": self._change_current, "Enter": self._change_current, "Del": self._delete_current}
        for keys, act in acts.items():
            QShortcut(QKeySequence(keys), self.rows, act, context=Qt.ShortcutContext.WidgetShortcut)

    def show_book(self, book: PromptBook) -> None:
        """Show the styles of `book`; the current row stays where it is."""
        row = max(0, self.rows.currentRow())
        self.rows.blockSignals(True)
        self.rows.clear()
        for style in book.styles:
            self.rows.addItem(_row(style, applied=style.name in book.applied))
        self.rows.setCurrentRow(min(row, self.rows.count() - 1))
        self.rows.blockSignals(False)
        has_styles = bool(book.styles)
        self._empty.setVisible(not has_styles)
        self.rows.setVisible(has_styles)
        for button in (self.change, self.delete):
            button.setEnabled(has_styles)
        if has_styles:
            fit_height_to_rows(self.rows, _MOST_ROWS)
        shrink_to_content(self)

    def show_at(self, position: QPoint) -> None:
        """Open with the top left corner at this place of the screen."""
        self.move(position)
        self.show()
        (self.rows if self.rows.count() else self.add).setFocus()

    def _on_ticked(self, item: QListWidgetItem) -> None:
        self.ticked.emit(item.data(_NAME), item.checkState() == Qt.CheckState.Checked)

    def _change_current(self) -> None:
        item: QListWidgetItem | None = self.rows.currentItem()
        if item:
            self.change_requested.emit(item.data(_NAME))

    def _delete_current(self) -> None:
        item: QListWidgetItem | None = self.rows.currentItem()
        if item:
            self.delete_requested.emit(item.data(_NAME))

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(px(4))
        foot.addWidget(self.add)
        foot.addStretch()
        foot.addWidget(self.change)
        foot.addWidget(self.delete)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(12), px(12), px(12))
        column.setSpacing(px(8))
        column.addWidget(section(tr("Styles around the prompt")))
        column.addWidget(self.rows)
        column.addWidget(self._empty)
        column.addLayout(foot)


def _row(style: PromptStyle, *, applied: bool) -> QListWidgetItem:
    item = QListWidgetItem(style.name)
    item.setData(_NAME, style.name)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Checked if applied else Qt.CheckState.Unchecked)
    item.setToolTip(
        style.text + (tr("\n\nNot in the picture: {negative}", negative=style.negative) if style.negative else "")
    )
    return item

"""Asks for a name that nothing else has."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import accept_or_cancel, label
from studio.ui.theme import px

LONGEST_NAME = 100


class NameDialog(QDialog):
    """
    Signals:
        decided(str): the name, without spaces around it.
    """

    decided = Signal(str)

    def __init__(self, parent: QWidget, title: str, explanation: str, taken: Collection[str], name: str = "") -> None:
        """`name` is what it is called until now."""
        super().__init__(parent)
        self._taken = {name.casefold() for name in taken}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(px(400))
        self.name = QLineEdit(name)
        self.name.selectAll()
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(tr("Name"))
        self.name.setAccessibleName(tr("Name"))
        self.name.setToolTip(tr("What it is called in the menu"))
        self.fault = label("", "fault")
        self.fault.hide()
        self._lay_out(explanation)

    def accept(self) -> None:
        """Close with a name, or say why it is none."""
        name = self.name.text().strip()
        fault = self._what_is_wrong(name)
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        if not fault:
            self.decided.emit(name)
            super().accept()

    def _what_is_wrong(self, name: str) -> str:
        if not name:
            return tr("It needs a name. Type one above.")
        if '"' in name:
            return tr("A name cannot have quotes in it: searches use them.")
        if name.casefold() in self._taken:
            return tr("There is “{name}” already. Choose another name.", name=name)
        return ""

    def _lay_out(self, explanation: str) -> None:
        text = label(explanation, "muted")
        text.setWordWrap(True)
        _, buttons = accept_or_cancel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(8))
        for part in (text, self.name, self.fault):
            column.addWidget(part)
        column.addSpacing(px(8))
        column.addLayout(buttons)

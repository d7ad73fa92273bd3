"""One style: its name and the texts that it puts around a prompt."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from studio.core.language import tr
from studio.core.request import Prompt
from studio.settings.prompt_book import PLACEHOLDER, PromptStyle
from studio.ui.controls import accept_or_cancel, label
from studio.ui.theme import px


class StyleDialog(QDialog):
    """Asks until the name is one that no other style has.

    Signals:
        decided(PromptStyle)
    """

    decided = Signal(object)

    def __init__(self, parent: QWidget, style: PromptStyle | None, taken: Collection[str]) -> None:
        """`style` is what stands in the fields at first; `taken` are the names of the others."""
        super().__init__(parent)
        self._taken = taken
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Style") if style else tr("New style"))
        self.setMinimumWidth(px(440))
        self.name = QLineEdit(style.name if style else "")
        self.text = _text_field(style.text if style else PLACEHOLDER)
        self.negative = _text_field(style.negative if style else "")
        self.fault = label("", "fault")
        self.fault.setWordWrap(True)
        self.fault.hide()
        self._lay_out()
        self.name.setFocus()

    def accept(self) -> None:
        """Close with a style, or say why it is none."""
        fault = self._what_is_wrong()
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        if not fault:
            self.decided.emit(PromptStyle(self.name.text().strip(), _text(self.text), _text(self.negative)))
            super().accept()

    def _what_is_wrong(self) -> str:
        name = self.name.text().strip()
        if not name:
            return tr("A style needs a name. Type one above.")
        if name.casefold() in {taken.casefold() for taken in self._taken}:
            return tr("There is a style “{name}” already. Choose another name.", name=name)
        if max(len(_text(self.text)), len(_text(self.negative))) > Prompt.LONGEST:
            return tr("At most {longest} characters are possible. Shorten the text.", longest=Prompt.LONGEST)
        return ""

    def _lay_out(self) -> None:
        explanation = label(
            tr(
                "{placeholder} is where your prompt goes. Without it, the style is put behind the prompt.",
                placeholder=PLACEHOLDER,
            ),
            "muted",
        )
        explanation.setWordWrap(True)
        _, buttons = accept_or_cancel(self)
        self.name.setMaxLength(PromptStyle.LONGEST_NAME)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(px(8))
        _add_named(column, tr("Name"), self.name)
        column.addWidget(self.fault)
        _add_named(column, tr("Prompt"), self.text)
        column.addWidget(explanation)
        _add_named(column, tr("Not in the picture"), self.negative)
        column.addSpacing(px(8))
        column.addLayout(buttons)


def _text_field(text: str) -> QPlainTextEdit:
    field = QPlainTextEdit(text)
    field.setFixedHeight(px(72))
    field.setTabChangesFocus(True)
    return field


def _text(field: QPlainTextEdit) -> str:
    return field.toPlainText().strip()


def _add_named(column: QVBoxLayout, name: str, field: QWidget) -> None:
    name_label: QLabel = label(name)
    name_label.setBuddy(field)
    field.setAccessibleName(name)
    column.addWidget(name_label)
    column.addWidget(field)

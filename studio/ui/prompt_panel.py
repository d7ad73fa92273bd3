"""What to draw and what not: two text fields and a few examples."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from studio.core.request import Prompt
from studio.ui import glossary
from studio.ui.controls import HelpButton, describe, label, section
from studio.ui.flow_layout import FlowLayout
from studio.ui.theme import px


class PromptPanel(QWidget):
    """Prompt, example chips, negative prompt.

    Signals:
        changed(): one of the texts was edited.
        help_asked(Entry, QWidget)
    """

    changed = Signal()
    help_asked = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.text = _text_field("A red apple on a blue background", px(96))
        self.text.setObjectName("prompt")
        self.negative = _text_field("May be empty", px(48))
        self._fault = label("", "fault")
        self._fault.setWordWrap(True)
        self._fault.hide()
        self._examples = QWidget()
        self._example_row = FlowLayout(self._examples, spacing=px(8))
        for field, entry in ((self.text, glossary.PROMPT), (self.negative, glossary.NEGATIVE)):
            describe(field, entry)
            field.textChanged.connect(self.changed)
        self._lay_out()

    def prompt(self) -> Prompt:
        """Raises PromptUnusable."""
        return Prompt(self.text.toPlainText().strip(), self.negative.toPlainText().strip())

    def set_prompt(self, prompt: Prompt) -> None:
        self.set_texts(prompt.text, prompt.negative)

    def set_texts(self, text: str, negative: str) -> None:
        _replace_text(self.text, text)
        _replace_text(self.negative, negative)

    def set_examples(self, examples: tuple[str, ...]) -> None:
        self._example_row.clear()
        for example in examples:
            self._example_row.addWidget(self._chip(example))

    def show_examples(self, *, shown: bool) -> None:
        """The examples are for making a picture from nothing."""
        self._examples.setVisible(shown)

    def focus_prompt(self) -> None:
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        self.text.selectAll()

    def show_fault(self, text: str) -> None:
        """Say what is wrong with the prompt, below it; an empty text takes it back."""
        self._fault.setText(text)
        self._fault.setVisible(bool(text))

    def _chip(self, example: str) -> QPushButton:
        chip = QPushButton(example)
        chip.setObjectName("chip")
        chip.setFixedHeight(px(26))
        chip.setToolTip(f"Use “{example}” as the prompt")
        chip.clicked.connect(lambda: _replace_text(self.text, example))
        return chip

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        column.addLayout(self._heading("Prompt", glossary.PROMPT))
        column.addWidget(self.text)
        column.addWidget(self._fault)
        column.addWidget(self._examples)
        column.addSpacing(px(4))
        column.addLayout(self._heading("Not in the picture", glossary.NEGATIVE))
        column.addWidget(self.negative)

    def _heading(self, text: str, entry: glossary.Entry) -> QHBoxLayout:
        help_button = HelpButton(entry)
        help_button.asked.connect(self.help_asked)
        heading: QLabel = section(text)
        row = QHBoxLayout()
        row.addWidget(heading)
        row.addStretch()
        row.addWidget(help_button)
        return row


def _text_field(placeholder: str, height: int) -> QPlainTextEdit:
    field = QPlainTextEdit()
    field.setPlaceholderText(placeholder)
    field.setFixedHeight(height)
    field.setTabChangesFocus(True)
    field.setAcceptDrops(False)  # a dropped file is a picture for the window, not a path for the prompt
    return field


def _replace_text(field: QPlainTextEdit, text: str) -> None:
    """Replace the whole text in a way that Ctrl+Z in the field brings the old one back."""
    cursor = QTextCursor(field.document())
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.insertText(text)

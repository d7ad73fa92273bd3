"""What to draw and what not: two text fields with what helps to fill them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.core.checkpoint import Checkpoint
from studio.core.language import tr
from studio.core.request import Prompt
from studio.prompts.syntax import SpanKind
from studio.ui import family_reasons, glossary
from studio.ui.controls import HelpButton, describe, label, section, show_reason, small_icon_button
from studio.ui.elided_label import ElidedLabel
from studio.ui.flow_layout import FlowLayout
from studio.ui.keys import keys_text
from studio.ui.messages import fault_text
from studio.ui.prompt_editor.completion import PromptNames
from studio.ui.prompt_editor.prompt_edit import PromptEdit
from studio.ui.prompt_editor.prompt_shelf import PromptShelf
from studio.ui.prompt_editor.token_meter import Counting, TokenMeter
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.prompts.tokens import TokenCount
    from studio.ui.prompt_editor.highlighter import Reader

_MILLISECONDS_BEFORE_HINT = 1200
_WEIGHING = {SpanKind.WEIGHT, SpanKind.EMPHASIS, SpanKind.DEEMPHASIS}


class PromptPanel(QWidget):
    """Prompt, what is said about it, styles, example chips, negative prompt.

    Signals:
        changed(): one of the texts was edited.
        help_asked(Entry, QWidget)
    """

    changed = Signal()
    help_asked = Signal(object, object)

    def __init__(self, names: Callable[[], PromptNames] = PromptNames) -> None:
        """`names` is asked for what can be suggested while something is typed."""
        super().__init__()
        self._checkpoint: Checkpoint | None = None
        self.text = PromptEdit(tr("A red apple on a blue background"), names)
        self.text.setObjectName("prompt")
        self.negative = PromptEdit(tr("May be empty"), names)
        self.shelf = PromptShelf(self)
        self.history = small_icon_button(
            "history",
            f"{glossary.HISTORY.title}: {glossary.HISTORY.sentence}  ({keys_text('Ctrl+H')})",
        )
        self.styles = small_icon_button("style", f"{glossary.STYLES.title}: {glossary.STYLES.sentence}")
        self.grid = small_icon_button(
            "grid",
            f"{glossary.GRID.title}: {glossary.GRID.sentence}  ({keys_text('Ctrl+Shift+G')})",
        )
        self.meters = (TokenMeter(tr("the prompt")), TokenMeter(tr("the negative prompt")))
        self.hint = label("", "muted")
        self.sent = ElidedLabel("", "muted")
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_MILLISECONDS_BEFORE_HINT)
        self._negative_note = label("", "muted")
        self._fault = label("", "fault")
        self._applied = QWidget()
        self._applied_row = FlowLayout(self._applied, spacing=px(4))
        self._examples = QWidget()
        self._example_row = FlowLayout(self._examples, spacing=px(8))
        for field, entry in ((self.text, glossary.PROMPT), (self.negative, glossary.NEGATIVE)):
            describe(field, entry)
        self.show_low(low=False)
        self._lay_out()
        self._connect()
        self._show_styles()

    # --- what is asked for ---

    def typed(self) -> Prompt:
        """What stands in the fields. Raises PromptUnusable."""
        return Prompt(self.text.toPlainText().strip(), self.negative.toPlainText().strip())

    def prompt(self) -> Prompt:
        """What is sent: with the styles in use, and without a negative prompt that no one reads.

        Raises:
            PromptUnusable: also when it is too long with the styles around it.
        """
        typed = self.typed()
        text, negative = self.shelf.book.styled(typed.text, typed.negative)
        return Prompt(text, negative if self.negative.isEnabled() else "")

    def set_prompt(self, prompt: Prompt) -> None:
        """Show a prompt as it was sent: styles are in it already."""
        self.shelf.take_all_off()
        self.set_texts(prompt.text, prompt.negative)

    def set_texts(self, text: str, negative: str) -> None:
        self.text.replace_text(text)
        self.negative.replace_text(negative)

    # --- what helps ---

    def add(self, part: str) -> None:
        """Put `part` at the end of the prompt if it is not in it, as one edit; and let the user write on."""
        text = self.text.toPlainText()
        if part not in text:
            self.text.replace_text(f"{text.rstrip()} {part}".lstrip())
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        self.text.moveCursor(QTextCursor.MoveOperation.End)

    def read_with(self, read: Reader) -> None:
        """Understand the syntax from now on."""
        for field in (self.text, self.negative):
            field.highlighter.read_with(read)

    def count_with(self, count_text: Counting) -> None:
        """Count tokens from now on, with the tokenizer of the chosen model; call again when that changes."""
        self._watch()
        for meter in self.meters:
            meter.count_with(count_text)

    def offer(self, checkpoint: Checkpoint) -> None:
        """Show what goes with this model: examples, and whether it reads a negative prompt."""
        self._checkpoint = checkpoint
        self.set_examples(checkpoint.examples)
        reason = family_reasons.without_negative(checkpoint)
        show_reason((self.negative,), glossary.NEGATIVE, reason, self._negative_note)
        self._show_hint()
        self._show_styles()

    def set_examples(self, examples: tuple[str, ...]) -> None:
        self._example_row.clear()
        for example in examples:
            self._example_row.addWidget(self._chip(example))

    def show_low(self, *, low: bool) -> None:
        """Low fields leave room for what else is set; their text scrolls."""
        self.text.setFixedHeight(px(52 if low else 96))
        self.negative.setFixedHeight(px(40 if low else 48))

    def show_examples(self, *, shown: bool) -> None:
        """The examples are for making a picture from nothing."""
        self._examples.setVisible(shown)

    def focus_prompt(self) -> None:
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        self.text.selectAll()

    def show_history(self) -> None:
        self.shelf.show_history(self.history)

    def show_styles(self) -> None:
        self.shelf.show_styles(self.styles)

    def show_fault(self, text: str) -> None:
        """Say what is wrong with the prompt, below it; an empty text takes it back."""
        self._fault.setText(text)
        self._fault.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for field in (self.text, self.negative):
                field.highlighter.follow_theme()

    # --- what the fields say ---

    def _on_text_changed(self) -> None:
        self._show_sent()
        self._watch()
        self.changed.emit()

    def _watch_hint(self) -> None:
        """Every bracket is unclosed while it is typed: what is wrong is said when the typing rests."""
        if self.hint.isVisibleTo(self) or not self._hint_text():
            self._show_hint()
        else:
            self._rest.start()

    def _show_hint(self) -> None:
        hint = self._hint_text()
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _hint_text(self) -> str:
        """The first fault of the syntax, else that the model does not know weights; neither stops anything."""
        faults = self.text.highlighter.faults
        return fault_text(faults[0].reason) if faults else self._about_weights()

    def _about_weights(self) -> str:
        if self._checkpoint is None or not self.text.highlighter.kinds & _WEIGHING:
            return ""
        return family_reasons.without_weights(self._checkpoint)

    def _watch(self) -> None:
        book = self.shelf.book
        text, negative = book.styled(self.text.toPlainText(), self.negative.toPlainText())
        self.meters[0].watch(text)
        self.meters[1].watch(negative if self.negative.isEnabled() else "")

    def _mark_text(self, count: TokenCount | None) -> None:
        _show_marks(self.text, count, self.shelf.book.starts_of_typed[0])

    def _mark_negative(self, count: TokenCount | None) -> None:
        _show_marks(self.negative, count, self.shelf.book.starts_of_typed[1])

    # --- styles ---

    def _show_styles(self) -> None:
        """The styles in use, each with a way to take it off, and what comes out of them."""
        self._applied_row.clear()
        applied = self.shelf.book.applied_styles
        for style in applied:
            self._applied_row.addWidget(self._style_chip(style.name))
        self._applied.setVisible(bool(applied))
        self._show_sent()
        self._watch()

    def _show_sent(self) -> None:
        applied = bool(self.shelf.book.applied_styles)
        text, negative = self.shelf.book.styled(self.text.toPlainText().strip(), self.negative.toPlainText().strip())
        without = tr("   without: {negative}", negative=negative) if negative and self.negative.isEnabled() else ""
        self.sent.set_text(tr("Sent: {words}{without}", words=text, without=without) if applied else "")
        self.sent.setVisible(applied)

    def _style_chip(self, name: str) -> QPushButton:
        chip = QPushButton(f"{name}  ×")
        chip.setObjectName("chip")
        chip.setFixedHeight(px(26))
        chip.setToolTip(tr("Take the style “{name}” off", name=name))
        chip.setAccessibleName(tr("Take the style “{name}” off", name=name))
        chip.clicked.connect(partial(self.shelf.take_off, name))
        return chip

    def _use_again(self, prompt: Prompt) -> None:
        self.set_texts(prompt.text, prompt.negative)
        self.text.setFocus()

    # --- how it is put together ---

    def _chip(self, example: str) -> QPushButton:
        chip = QPushButton(example)
        chip.setObjectName("chip")
        chip.setFixedHeight(px(26))
        chip.setToolTip(tr("Use “{example}” as the prompt", example=example))
        chip.clicked.connect(lambda: self.text.replace_text(example))
        return chip

    def _connect(self) -> None:
        for field, meter, mark in zip(
            (self.text, self.negative), self.meters, (self._mark_text, self._mark_negative), strict=True
        ):
            field.textChanged.connect(self._on_text_changed)
            meter.counted.connect(mark)
        self.text.highlighter.was_read.connect(self._watch_hint)
        self._rest.timeout.connect(self._show_hint)
        self.history.clicked.connect(self.show_history)
        self.styles.clicked.connect(self.show_styles)
        self.shelf.prompt_chosen.connect(self._use_again)
        self.shelf.styles_changed.connect(self._show_styles)

    def _lay_out(self) -> None:
        for text in (self.hint, self._fault):
            text.setWordWrap(True)
            text.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        column.addLayout(
            self._heading(tr("Prompt"), glossary.PROMPT, self.meters[0], self.history, self.styles, self.grid)
        )
        column.addWidget(self.text)
        column.addWidget(self._fault)
        column.addWidget(self.hint)
        column.addWidget(self._applied)
        column.addWidget(self.sent)
        column.addWidget(self._examples)
        column.addSpacing(px(4))
        column.addLayout(self._heading(tr("Not in the picture"), glossary.NEGATIVE, self.meters[1]))
        column.addWidget(self.negative)
        column.addWidget(self._negative_note)
        self._negative_note.hide()

    def _heading(self, text: str, entry: glossary.Entry, *between: QWidget) -> QHBoxLayout:
        help_button = HelpButton(entry)
        help_button.asked.connect(self.help_asked)
        heading: QLabel = section(text)
        row = QHBoxLayout()
        row.setSpacing(px(4))
        row.addWidget(heading)
        row.addStretch()
        for widget in between:
            row.addWidget(widget)
        row.addWidget(help_button)
        return row


def _show_marks(field: PromptEdit, count: TokenCount | None, start: int) -> None:
    """Counted is what is sent; marked is what is typed, which begins at `start` of it."""
    length = len(field.toPlainText())
    borders = count.borders if count is not None else ()
    field.show_marks(tuple(border - start for border in borders if 0 < border - start < length))

"""What the middle of the window shows before there is a picture: an invitation."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio.core.checkpoint import Checkpoint
from studio.core.language import tr
from studio.core.resources import example_picture
from studio.ui.controls import label
from studio.ui.theme import current_tokens, px

_LETTERS_IN_LINE = 20


class Welcome(QWidget):
    """A heading, one sentence and the model's example prompts as cards.

    Signals:
        example_chosen(str): make a picture of this prompt.
    """

    example_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._hint = label("", "muted")
        self._hint.setWordWrap(True)
        self._cards = QHBoxLayout()
        self._cards.setSpacing(px(16))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addStretch()
        column.addWidget(_centred(label(tr("What shall we make?"), "hero")))
        sentence = label(
            tr(
                "Write it on the left and press Ctrl+Enter, or begin with one of these.\n"
                "It comes out of pure noise, and nothing leaves this computer."
            ),
            "muted",
        )
        sentence.setWordWrap(True)
        column.addWidget(_centred(sentence))
        column.addSpacing(px(16))
        column.addLayout(self._cards)
        column.addSpacing(px(16))
        column.addWidget(_centred(self._hint))
        column.addStretch()

    def show_checkpoint(self, checkpoint: Checkpoint) -> None:
        """What this model can draw, honestly, and examples of it."""
        self.set_examples(checkpoint.examples)
        self._hint.setText(
            tr(
                "{name}: {good_at}\nBigger models draw more: find them in the model manager (Ctrl+M).",
                name=checkpoint.name,
                good_at=tr(checkpoint.good_at),
            )
            if checkpoint.good_at
            else ""
        )

    def set_examples(self, examples: tuple[str, ...]) -> None:
        """Offer these prompts. A picture of one is shown if `resources/guide` has it."""
        while item := self._cards.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        self._cards.addStretch()
        chosen = examples[:3]
        cards = [self._card(example, text) for example, text in zip(chosen, in_lines(chosen), strict=True)]
        for card in cards:
            self._cards.addWidget(card)
        self._cards.addStretch()
        if cards:
            self.setFocusProxy(cards[0])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(current_tokens().canvas))
        painter.end()

    def _card(self, example: str, text: str) -> QToolButton:
        card = QToolButton()
        card.setObjectName("card")
        card.setText(text)
        card.setToolTip(tr("Make “{example}” now", example=example))
        card.setAccessibleName(tr("Make {example}", example=example))
        card.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        picture = example_picture(example)
        if picture.exists():
            card.setIcon(QIcon(QPixmap(str(picture))))
            card.setIconSize(QSize(px(136), px(136)))
            card.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        card.clicked.connect(lambda: self.example_chosen.emit(example))
        return card


def in_lines(examples: Sequence[str]) -> list[str]:
    """Three cards have room beside each other in a narrow window, and their pictures are equally high: where one has
    two lines the others have an empty one."""
    texts = [_in_two_lines(example) for example in examples]
    lines = max((text.count("\n") for text in texts), default=0)
    return [text + "\n" * (lines - text.count("\n")) for text in texts]


def _in_two_lines(text: str) -> str:
    """A long one, as evenly as its words allow."""
    breaks = [place for place, letter in enumerate(text) if letter == " "]
    if len(text) <= _LETTERS_IN_LINE or not breaks:
        return text
    place = min(breaks, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:place]}\n{text[place + 1 :]}"


def _centred(text: QLabel) -> QLabel:
    text.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return text

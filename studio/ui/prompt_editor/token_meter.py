"""How much of the text encoder's window a prompt takes: "12 / 75"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel

from studio.core.language import tr

if TYPE_CHECKING:
    from studio.prompts.tokens import TokenCount

Counting = Callable[[str, Callable[["TokenCount | None"], None]], object]
"""Counts a text away from the window and calls back there: None where the model has no tokenizer to count with."""

_MILLISECONDS_OF_REST = 150


class TokenMeter(QLabel):
    """Shows the count of a text when the typing rests. An answer about a text that has changed since is dropped.

    Signals:
        counted(TokenCount | None)
    """

    counted = Signal(object)

    def __init__(self, name: str) -> None:
        """`name` is what is counted: "the prompt"."""
        super().__init__()
        self._name = name
        self._text = ""
        self._asked = 0
        self._count_text: Counting | None = None
        self.setObjectName("facts")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_MILLISECONDS_OF_REST)
        self._rest.timeout.connect(self.count_now)

    def count_with(self, count_text: Counting) -> None:
        """Count from now on, with the tokenizer behind `count_text`; call again when that is another one."""
        self._count_text = count_text
        self.count_now()

    def stop(self) -> None:
        """Count no more: who counted is about to be gone."""
        self._rest.stop()
        self._count_text = None

    def watch(self, text: str) -> None:
        """`text` is what there is to count now."""
        self._text = text
        self._rest.start()

    def count_now(self) -> None:
        if self._count_text is None:
            return
        self._rest.stop()
        self._asked += 1
        asked = self._asked
        self._count_text(self._text, lambda count: self._show(count, asked))

    def _show(self, count: TokenCount | None, asked: int) -> None:
        if asked != self._asked:
            return
        self.setText(meter_text(count))
        self.setToolTip(self._explained(count))
        self.setAccessibleName(tr("Tokens of {name}: {count}", name=self._name, count=self.text() or tr("none")))
        self.counted.emit(count)

    def _explained(self, count: TokenCount | None) -> str:
        if count is None:
            return ""
        parts = -(-count.total // count.window)
        has = tr(
            "{name} has {total} tokens (words and parts of words)",
            name=self._name[:1].upper() + self._name[1:],
            total=count.total,
        )
        if parts <= 1:
            return tr("{has}. The model reads {window} at once.", has=has, window=count.window)
        return tr(
            "{has}. The model reads {parts} parts of {window}: thin lines in the text show where they begin.",
            has=has,
            parts=parts,
            window=count.window,
        )


def meter_text(count: TokenCount | None) -> str:
    """ "12 / 75"; a longer text is measured by as many windows as it takes: "80 / 150"."""
    if count is None or count.total == 0:
        return ""
    parts = max(1, -(-count.total // count.window))
    return f"{count.total} / {parts * count.window}"

"""Colours for the syntax of a prompt, and a wave under what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from studio.core.request import Prompt
from studio.ui.prompt_editor.positions import TextPositions
from studio.ui.theme import Tokens, current_tokens

if TYPE_CHECKING:
    from studio.prompts.language import Fault, ParsedPrompt

Reader = Callable[[str], "ParsedPrompt"]

_COLOURS: Mapping[str, str] = {
    "weight": "syntax_weight",
    "emphasis": "syntax_weight",
    "deemphasis": "syntax_weight",
    "break": "syntax_weight",
    "and": "syntax_weight",
    "edit": "syntax_choice",
    "alternation": "syntax_choice",
    "choice": "syntax_choice",
    "lora": "syntax_name",
    "embedding": "syntax_name",
    "wildcard": "syntax_name",
    "comment": "muted",
    "escape": "muted",
}
"""Kind of a span to the token of its colour."""
_BOLD = {"break", "and"}


class PromptHighlighter(QSyntaxHighlighter):
    """Needs a `Reader`, which comes when the window is there: without it all text looks the same."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._document = document
        self._read: Reader | None = None
        self._text = ""
        self._parsed: ParsedPrompt | None = None
        self._positions = TextPositions("")
        self._tokens = current_tokens()
        document.contentsChanged.connect(self._read_again)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with the text; it is taken literally there."""
        return self._parsed.faults if self._parsed else ()

    @property
    def kinds(self) -> set[str]:
        """Which kinds of syntax the text has."""
        return {span.kind.value for span in self._parsed.spans} if self._parsed else set()

    def fault_at(self, index: int) -> Fault | None:
        """The fault at the character `index`."""
        return next((fault for fault in self.faults if fault.start <= index < max(fault.end, fault.start + 1)), None)

    def read_with(self, read: Reader) -> None:
        """Understand the text from now on."""
        self._read = read
        self._text = ""
        self._read_again()

    def follow_theme(self) -> None:
        """The colours changed."""
        self._tokens = current_tokens()
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        if self._parsed is None:
            return
        first = self.currentBlock().position()
        for span in self._parsed.spans:
            self._colour(span.start, span.end, first, len(text), _format(span.kind.value, self._tokens))
        for fault in self._parsed.faults:
            self._colour(fault.start, max(fault.end, fault.start + 1), first, len(text), _fault_format(self._tokens))

    def _read_again(self) -> None:
        """Brackets reach over lines, so every line is looked at again when the text has changed."""
        text = self._document.toPlainText()
        if self._read is None or text == self._text:
            return
        self._text = text
        readable = len(text) <= Prompt.LONGEST
        self._parsed = self._read(text) if readable else None
        self._positions = TextPositions(text)
        self.rehighlight()

    def _colour(self, start: int, end: int, first: int, length: int, look: QTextCharFormat) -> None:
        """Colour what of the characters from `start` to `end` lies in the line that begins at Qt's place `first`."""
        begin = max(self._positions.to_units(start) - first, 0)
        finish = min(self._positions.to_units(end) - first, length + 1)
        for place in range(begin, finish):
            merged = QTextCharFormat(self.format(place))
            merged.merge(look)
            self.setFormat(place, 1, merged)


def _format(kind: str, tokens: Tokens) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(QColor(getattr(tokens, _COLOURS[kind])))
    if kind in _BOLD:
        look.setFontWeight(QFont.Weight.DemiBold)
    return look


def _fault_format(tokens: Tokens) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(QColor(tokens.danger))
    look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    look.setUnderlineColor(QColor(tokens.danger))
    return look

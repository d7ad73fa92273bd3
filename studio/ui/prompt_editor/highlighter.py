"""Colours for the syntax of a prompt, and a wave under what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from studio.core.request import Prompt
from studio.prompts.syntax import Fault, ParsedPrompt, SpanKind
from studio.ui.prompt_editor.positions import TextPositions
from studio.ui.theme import Tokens, current_tokens

Reader = Callable[[str], ParsedPrompt]

_WEIGHTS = {SpanKind.EMPHASIS, SpanKind.DEEMPHASIS, SpanKind.WEIGHT, SpanKind.BREAK, SpanKind.AND}
_NAMES = {SpanKind.LORA, SpanKind.EMBEDDING, SpanKind.WILDCARD}
_CHOICES = {SpanKind.EDIT, SpanKind.ALTERNATION, SpanKind.CHOICE}
_BOLD = {SpanKind.BREAK, SpanKind.AND}
_ONLY_BRACKETS = {SpanKind.EMPHASIS, SpanKind.DEEMPHASIS}
"""What is in them is the prompt itself and looks like it."""


class PromptHighlighter(QSyntaxHighlighter):
    """Needs a `Reader`, which comes when the window is there: without it all text looks the same.

    Signals:
        was_read(): `faults` and `kinds` are those of the text as it is now.
    """

    was_read = Signal()

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._document = document
        self._read: Reader | None = None
        self._parsed: ParsedPrompt | None = None
        self._positions = TextPositions("")
        self._is_colouring = False
        self._looks = _looks(current_tokens())
        self._fault_look = _fault_look(current_tokens())
        document.contentsChanged.connect(self._read_again)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with the text; it is taken literally there."""
        return self._parsed.faults if self._parsed else ()

    @property
    def kinds(self) -> set[SpanKind]:
        """Which kinds of syntax the text has."""
        return {span.kind for span in self._parsed.spans} if self._parsed else set()

    def fault_at(self, index: int) -> Fault | None:
        """The fault at the character `index`."""
        return next((fault for fault in self.faults if fault.start <= index < fault.end), None)

    def read_with(self, read: Reader) -> None:
        """Understand the text from now on."""
        self._read = read
        self._read_again()

    def follow_theme(self) -> None:
        """The colours changed."""
        self._looks = _looks(current_tokens())
        self._fault_look = _fault_look(current_tokens())
        self._colour_all()

    def highlightBlock(self, text: str) -> None:
        """Colour one line. Qt also asks for that when the text has changed and was not read yet: too early."""
        if not self._is_colouring:
            return
        line, to_units = self.currentBlock(), self._positions.to_units
        first, last = line.position(), line.position() + line.length() - 1
        for start, end, look in self._pieces():
            begin, finish = max(to_units(start), first), min(to_units(end), last)
            if begin < finish:
                self.setFormat(begin - first, finish - begin, look)

    def _pieces(self) -> Iterator[tuple[int, int, QTextCharFormat]]:
        """Start, end and look of all that is coloured; of two that overlap the later one is seen."""
        if self._parsed is not None:
            for span in self._parsed.spans:
                look = self._looks[span.kind]
                if span.kind in _ONLY_BRACKETS:
                    yield span.start, span.start + 1, look
                    yield span.end - 1, span.end, look
                else:
                    yield span.start, span.end, look
            for fault in self._parsed.faults:
                yield fault.start, fault.end, self._fault_look

    def _read_again(self) -> None:
        """Brackets reach over lines, so every line is looked at again when the text has changed."""
        if self._read is None:
            return
        text = self._document.toPlainText()
        self._parsed = self._read(text) if len(text) <= Prompt.LONGEST else None
        self._positions = TextPositions(text)
        self._colour_all()
        self.was_read.emit()

    def _colour_all(self) -> None:
        """Qt tells of new colours as of new text, which would be saved, counted and read again."""
        was_silent = self._document.blockSignals(True)
        self._is_colouring = True
        self.rehighlight()
        self._is_colouring = False
        self._document.blockSignals(was_silent)


def _looks(tokens: Tokens) -> Mapping[SpanKind, QTextCharFormat]:
    return {kind: _look(_colour_of(kind, tokens), bold=kind in _BOLD) for kind in SpanKind}


def _colour_of(kind: SpanKind, tokens: Tokens) -> str:
    if kind in _WEIGHTS:
        return tokens.syntax_weight
    if kind in _NAMES:
        return tokens.syntax_name
    return tokens.syntax_choice if kind in _CHOICES else tokens.muted


def _look(colour: str, *, bold: bool) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(QColor(colour))
    if bold:
        look.setFontWeight(QFont.Weight.DemiBold)
    return look


def _fault_look(tokens: Tokens) -> QTextCharFormat:
    look = _look(tokens.danger, bold=False)
    look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    look.setUnderlineColor(QColor(tokens.danger))
    return look

"""Reading prompts in the syntax that people know from A1111's web UI.

| syntax | meaning |
|---|---|
| `(x)`, `(x:1.3)`, `[x]` | x counts 1.1 times, 1.3 times, 1 / 1.1 times as much |
| `[a:b:0.5]`, `[a:b:10]`, `[b:10]`, `[a::10]` | a first, b after half of the steps, or after 10 |
| `[a|b]` | a and b in turn, step by step |
| `BREAK` | what follows begins a new chunk |
| `a :0.7 AND b` | two conditions whose guidance is added, with weights |
| `<lora:name:0.8>`, `<lora:name:0.8:0.5>` | a LoRA; the second number is for the text encoder |
| `{a|b}`, `__name__` | a random choice, a line of a file: chosen by `expand`, here literal |
| `# ...` | a comment up to the end of the line |
| `\\(` and the like | the character itself |

Whatever does not fit this is text. Reading takes a time proportional to the length, and never fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from itertools import pairwise
from typing import Final, TypeAlias

from studio.core.addon_names import LoraTag
from studio.prompts.syntax import (
    STRONGER,
    WEAKER,
    Alternation,
    Alternative,
    Break,
    Choice,
    Content,
    Edit,
    Fault,
    FaultReason,
    Node,
    ParsedPrompt,
    Span,
    SpanKind,
    Text,
    Weighted,
    Wildcard,
)

_NUMBER: Final = r"[+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30})"
_ONLY_A_NUMBER = re.compile(rf"\s*({_NUMBER})\s*")
_LORA = re.compile(rf"<lora:([^:<>]+)(?::(?:te=)?({_NUMBER}))?(?::(?:te=)?({_NUMBER}))?>")
_EMBEDDING_NAME = re.compile(r"\w(?:[\w.-]*\w)?")
_TOKEN = re.compile(
    r"""
    (?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<separator>[:|])
    |(?P<escape>\\[\\()\[\]{}<>|:\#_])
    |(?P<comment>\#[^\n]*\n?)
    |(?P<lora><lora:[^<>\n]*>)
    |(?P<wildcard>__[\w\-/ ]+?__)
    |(?P<and>\bAND\b)
    |(?P<break>\bBREAK\b)
    """,
    re.VERBOSE,
)
_OPENING: Final = {")": "(", "]": "[", "}": "{"}

_Token: TypeAlias = "re.Match[str]"
_Piece: TypeAlias = Node | str
"""A node, or text that may go on in the next piece."""


def read_prompt(text: str, embeddings: Collection[str] = ()) -> ParsedPrompt:
    """What `text` says. `embeddings` are the names to look for, whatever their case."""
    tokens = list(_TOKEN.finditer(text))
    partners, faults = _partners(tokens)
    reader = _Reader(text, partners, faults, {name.casefold(): name for name in embeddings})
    for token in tokens:
        reader.take(token)
    return reader.finish()


def _partners(tokens: list[_Token]) -> tuple[dict[int, int], list[Fault]]:
    """Where the bracket that opens at a place closes, and the other way round; the others are at fault.

    A bracket that closes takes the nearest of its kind: those that opened in between are never closed.
    """
    partners: dict[int, int] = {}
    faults: list[Fault] = []
    opened: list[_Token] = []
    waiting = {"(": 0, "[": 0, "{": 0}
    deepest = 0
    for token in tokens:
        if token.lastgroup == "open":
            opened.append(token)
            waiting[token[0]] += 1
        elif token.lastgroup == "close":
            kind = _OPENING[token[0]]
            if not waiting[kind]:
                faults.append(Fault(*token.span(), FaultReason.UNOPENED))
                continue
            while (latest := opened.pop())[0] != kind:
                waiting[latest[0]] -= 1
                faults.append(Fault(*latest.span(), FaultReason.UNCLOSED))
            waiting[kind] -= 1
            deepest = max(deepest, len(opened))
            partners[latest.start()] = token.start()
            partners[token.start()] = latest.start()
    faults.extend(Fault(*token.span(), FaultReason.UNCLOSED) for token in opened)
    if deepest >= ParsedPrompt.DEEPEST:
        _part_the_too_deep(partners, faults)
    return partners, faults


def _part_the_too_deep(partners: dict[int, int], faults: list[Fault]) -> None:
    depth = 0
    for place, partner in sorted(partners.items()):
        if partner < place:
            depth -= partners.get(place) is not None
        elif depth < ParsedPrompt.DEEPEST:
            depth += 1
        else:
            del partners[place], partners[partner]
            faults.append(Fault(place, place + 1, FaultReason.TOO_DEEP))


class _Frame:
    """What was read since a bracket opened, or in the outermost frame since the beginning or the last `AND`."""

    __slots__ = ("opening", "pieces", "separators", "start")

    def __init__(self, opening: str, start: int) -> None:
        self.opening = opening
        self.start = start
        self.pieces: list[_Piece] = []
        self.separators: list[tuple[int, int]] = []
        """Indices of `:` and `|` in the pieces, and where in the text they end."""


class _Reader:
    """Takes one token after the other and puts the tree together."""

    def __init__(self, text: str, partners: dict[int, int], faults: list[Fault], embeddings: dict[str, str]) -> None:
        self._text = text
        self._partners = partners
        self._faults = faults
        self._known_embeddings = embeddings
        self._spans: list[Span] = []
        self._embeddings: dict[str, None] = {}
        self._alternatives: list[Alternative] = []
        self._outer: list[_Frame] = []
        self._frame = _Frame("", 0)
        self._read = 0
        self._takers: dict[str | None, Callable[[_Token], None]] = {
            "open": self._take_opening,
            "close": self._take_closing,
            "separator": self._take_separator,
            "escape": self._take_escape,
            "comment": self._take_comment,
            "lora": self._take_lora,
            "wildcard": self._take_wildcard,
            "and": self._take_and,
            "break": self._take_break,
        }

    def take(self, token: _Token) -> None:
        start, end = token.span()
        if start > self._read:
            self._take_text(start)
        self._read = end
        self._takers[token.lastgroup](token)

    def finish(self) -> ParsedPrompt:
        end = len(self._text)
        if end > self._read:
            self._take_text(end)
        if self._alternatives:
            self._end_alternative(end)
        else:
            self._alternatives.append(Alternative(_content(self._frame.pieces)))
        contents = [alternative.content for alternative in self._alternatives]
        return ParsedPrompt(
            alternatives=tuple(self._alternatives),
            loras=tuple(lora for content in contents for lora in _loras(content)),
            embeddings=tuple(self._embeddings),
            spans=tuple(sorted(self._spans)),
            faults=tuple(sorted(self._faults)),
        )

    def _mark(self, start: int, end: int, kind: SpanKind) -> None:
        self._spans.append(Span(start, end, kind))

    def _take_text(self, end: int) -> None:
        self._frame.pieces.append(self._text[self._read : end])
        if self._known_embeddings:
            self._look_for_embeddings(self._read, end)

    def _look_for_embeddings(self, start: int, end: int) -> None:
        for word in _EMBEDDING_NAME.finditer(self._text, start, end):
            name = self._known_embeddings.get(word[0].casefold())
            if name is not None:
                self._mark(*word.span(), SpanKind.EMBEDDING)
                self._embeddings[name] = None

    def _take_opening(self, token: _Token) -> None:
        if token.start() in self._partners:
            self._outer.append(self._frame)
            self._frame = _Frame(token[0], token.start())
        else:
            self._frame.pieces.append(token[0])

    def _take_closing(self, token: _Token) -> None:
        if token.start() in self._partners:
            self._close(*token.span())
        else:
            self._frame.pieces.append(token[0])

    def _take_separator(self, token: _Token) -> None:
        self._frame.separators.append((len(self._frame.pieces), token.end()))
        self._frame.pieces.append(token[0])

    def _take_escape(self, token: _Token) -> None:
        self._mark(*token.span(), SpanKind.ESCAPE)
        self._frame.pieces.append(token[0][1])

    def _take_comment(self, token: _Token) -> None:
        self._mark(*token.span(), SpanKind.COMMENT)
        self._frame.pieces.append("\n")

    def _take_wildcard(self, token: _Token) -> None:
        self._mark(*token.span(), SpanKind.WILDCARD)
        self._frame.pieces.append(Wildcard(token[0][2:-2]))

    def _take_break(self, token: _Token) -> None:
        self._mark(*token.span(), SpanKind.BREAK)
        self._frame.pieces.append(Break())

    def _take_lora(self, token: _Token) -> None:
        tag = _LORA.fullmatch(token[0])
        if tag is None:
            self._faults.append(Fault(*token.span(), FaultReason.LORA_UNREADABLE))
            self._frame.pieces.append(token[0])
            return
        weight = float(tag[2] or 1)
        self._mark(*token.span(), SpanKind.LORA)
        self._frame.pieces.append(LoraTag(tag[1].strip(), weight, float(tag[3]) if tag[3] else weight))

    def _take_and(self, token: _Token) -> None:
        start, end = token.span()
        if self._outer:
            if not any(frame.opening == "{" for frame in [*self._outer, self._frame]):
                self._faults.append(Fault(start, end, FaultReason.AND_INSIDE))
            self._frame.pieces.append("AND")
            return
        self._mark(start, end, SpanKind.AND)
        self._end_alternative(start)

    def _end_alternative(self, end: int) -> None:
        weight = self._number_at_end(end)
        pieces = self._frame.pieces if weight is None else self._without_number(end)
        content = _stripped(_content(pieces))
        self._alternatives.append(Alternative(content, 1.0 if weight is None else float(weight)))
        self._frame = _Frame("", end)

    def _close(self, start: int, end: int) -> None:
        frame = self._frame
        match frame.opening:
            case "(":
                node, kind = self._round(start)
            case "[":
                node, kind = self._square(start)
            case _:
                node, kind = Choice(self._text[frame.start : end]), SpanKind.CHOICE
        self._mark(frame.start, end, kind)
        self._frame = self._outer.pop()
        self._frame.pieces.append(node)

    def _round(self, end: int) -> tuple[Node, SpanKind]:
        weight = self._number_at_end(end)
        if weight is None:
            return Weighted(_content(self._frame.pieces), STRONGER), SpanKind.EMPHASIS
        return Weighted(_content(self._without_number(end)), float(weight)), SpanKind.EMPHASIS

    def _square(self, end: int) -> tuple[Node, SpanKind]:
        pieces, separators = self._frame.pieces, self._frame.separators
        colons = [index for index, _ in separators if pieces[index] == ":"]
        when = self._number_at_end(end)
        if when is not None and len(colons) <= 2:
            middle = colons[0] if len(colons) == 2 else -1
            before, after = pieces[: max(0, middle)], pieces[middle + 1 : colons[-1]]
            number = float(when) if "." in when else int(when)
            return Edit(_content(before), _content(after), number), SpanKind.EDIT
        bars = [index for index, _ in separators if pieces[index] == "|"]
        if not bars:
            return Weighted(_content(pieces), WEAKER), SpanKind.DEEMPHASIS
        borders = [-1, *bars, len(pieces)]
        options = (_content(pieces[left + 1 : right]) for left, right in pairwise(borders))
        return Alternation(tuple(options)), SpanKind.ALTERNATION

    def _number_at_end(self, end: int) -> str | None:
        """The number between the frame's last separator, a colon, and `end`."""
        frame = self._frame
        if not frame.separators or frame.pieces[frame.separators[-1][0]] != ":":
            return None
        number = _ONLY_A_NUMBER.fullmatch(self._text, frame.separators[-1][1], end)
        return number[1] if number else None

    def _without_number(self, end: int) -> list[_Piece]:
        index, behind = self._frame.separators[-1]
        self._mark(behind - 1, end, SpanKind.WEIGHT)
        return self._frame.pieces[:index]


def _content(pieces: list[_Piece]) -> Content:
    """Pieces with neighbouring texts joined, without the white space around breaks."""
    nodes: list[Node] = []
    texts: list[str] = []
    has_breaks = False
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if texts:
            nodes.append(Text("".join(texts)))
            texts = []
        has_breaks = has_breaks or isinstance(piece, Break)
        nodes.append(piece)
    if texts:
        nodes.append(Text("".join(texts)))
    return _without_space_around_breaks(nodes) if has_breaks else tuple(nodes)


def _without_space_around_breaks(nodes: list[Node]) -> Content:
    parts: list[Node] = []
    for index, node in enumerate(nodes):
        if isinstance(node, Text):
            text = node.text
            if index > 0 and isinstance(nodes[index - 1], Break):
                text = text.lstrip()
            if index + 1 < len(nodes) and isinstance(nodes[index + 1], Break):
                text = text.rstrip()
            if text:
                parts.append(Text(text))
        else:
            parts.append(node)
    return tuple(parts)


def _stripped(content: Content) -> Content:
    """Without white space at its two ends."""
    nodes = list(content)
    if nodes and isinstance(first := nodes[0], Text):
        nodes[:1] = [Text(text)] if (text := first.text.lstrip()) else []
    if nodes and isinstance(last := nodes[-1], Text):
        nodes[-1:] = [Text(text)] if (text := last.text.rstrip()) else []
    return tuple(nodes)


def _loras(content: Content) -> list[LoraTag]:
    found: list[LoraTag] = []
    for node in content:
        match node:
            case LoraTag():
                found.append(node)
            case Weighted(inner):
                found.extend(_loras(inner))
            case Edit(before, after):
                found.extend(_loras(before + after))
            case Alternation(options):
                found.extend(lora for option in options for lora in _loras(option))
            case _:
                pass
    return found

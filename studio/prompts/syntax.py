"""What a prompt says: its parts as a tree, and where in the text they stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NamedTuple, TypeAlias

from studio.core.addon_names import LoraTag

STRONGER = 1.1
"""What `(x)` multiplies the weight of x by."""
WEAKER = 1 / STRONGER
"""What `[x]` multiplies the weight of x by."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words as the text encoder gets them: escapes are resolved, a comment is a line break."""

    text: str


@dataclass(frozen=True, slots=True)
class Weighted:
    """`(content)`, `[content]` or `(content:weight)`; nested weights multiply."""

    content: Content
    weight: float


@dataclass(frozen=True, slots=True)
class Edit:
    """`[before:after:when]`: `before` in the first steps, then `after`.

    `when` is the number of steps (int), or a fraction of all steps (float).
    """

    before: Content
    after: Content
    when: int | float


@dataclass(frozen=True, slots=True)
class Alternation:
    """`[a|b]`: the next option with each step, and from the start again."""

    options: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """`BREAK`: what follows begins a new chunk."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`{a|b}` with its braces, as it was typed. `expand` chooses; what it leaves is literal."""

    source: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`__name__`. `expand` puts a line of that file in its place; what it leaves is literal."""

    name: str


Node: TypeAlias = Text | Weighted | Edit | Alternation | Break | LoraTag | Choice | Wildcard
Content: TypeAlias = tuple[Node, ...]
"""Neighbouring texts are one `Text`, and none is empty."""


def literal(node: Text | Choice | Wildcard) -> str:
    """The words of a part that has no parts."""
    match node:
        case Text(text):
            return text
        case Choice(source):
            return source
        case Wildcard(name):
            return f"__{name}__"


@dataclass(frozen=True, slots=True)
class Alternative:
    """A part of a prompt between two `AND`: a condition of its own, which guides the picture with `weight`."""

    content: Content
    weight: float = 1.0


class SpanKind(StrEnum):
    """What a piece of the text is, for highlighting."""

    EMPHASIS = "emphasis"
    """`(x)` or `(x:1.2)`, from bracket to bracket."""
    DEEMPHASIS = "deemphasis"
    WEIGHT = "weight"
    """The colon and the number of `(x:1.2)` and of `x :0.7 AND y`."""
    EDIT = "edit"
    ALTERNATION = "alternation"
    BREAK = "break"
    AND = "and"
    LORA = "lora"
    EMBEDDING = "embedding"
    CHOICE = "choice"
    """`{a|b}`, from brace to brace; `expand` chooses."""
    WILDCARD = "wildcard"
    """`__name__`; `expand` puts a line of that file in its place."""
    COMMENT = "comment"
    ESCAPE = "escape"


class Span(NamedTuple):
    """Characters `start` to before `end` of the text. Of two spans one holds the other, or they are apart."""

    start: int
    end: int
    kind: SpanKind


class FaultReason(StrEnum):
    """Why a piece of the text is taken literally though it looks like more."""

    UNCLOSED = "unclosed"
    """A bracket opens and is never closed."""
    UNOPENED = "unopened"
    """A bracket closes that was never opened."""
    TOO_DEEP = "too_deep"
    """A bracket inside of `ParsedPrompt.DEEPEST` others."""
    AND_INSIDE = "and_inside"
    """`AND` inside of brackets, where it divides nothing."""
    LORA_UNREADABLE = "lora_unreadable"
    """`<lora:...>` without a name, or with something else than numbers behind it."""
    WILDCARD_UNKNOWN = "wildcard_unknown"
    """There is no file for a `__name__`, or none that can be used."""


class Fault(NamedTuple):
    """What is taken literally, from character `start` to before `end`, and why. It stops nothing."""

    start: int
    end: int
    reason: FaultReason


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """A prompt that was read. There is at least one alternative; `spans` and `faults` are sorted by their start.

    `loras` are those of all alternatives in their order, `embeddings` the names that occur in it, each once.
    """

    DEEPEST: ClassVar[int] = 64

    alternatives: tuple[Alternative, ...]
    loras: tuple[LoraTag, ...]
    embeddings: tuple[str, ...]
    spans: tuple[Span, ...]
    faults: tuple[Fault, ...]

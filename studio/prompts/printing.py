"""Printing prompts: reading what is printed gives the same alternatives again."""

from __future__ import annotations

import re
from decimal import Decimal

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
    Node,
    ParsedPrompt,
    Text,
    Weighted,
    Wildcard,
    literal,
)

_SPECIAL = re.compile(r"[\\()\[\]{}#]|<(?=lora:)|_(?=_|\Z)")
_SPECIAL_INSIDE = re.compile(rf"{_SPECIAL.pattern}|[:|]")


def print_prompt(parsed: ParsedPrompt) -> str:
    """A text that says what `parsed` says, with no more escapes than are needed."""
    if len(parsed.alternatives) == 1:
        return _printed(parsed.alternatives[0].content, _SPECIAL)
    return " AND ".join(map(_printed_alternative, parsed.alternatives))


def _printed_alternative(alternative: Alternative) -> str:
    text = _printed(alternative.content, _SPECIAL_INSIDE)
    return text if alternative.weight == 1.0 else f"{text} :{_number(alternative.weight)}"


def _printed(content: Content, special: re.Pattern[str] = _SPECIAL_INSIDE) -> str:
    return "".join(_printed_node(node, special) for node in content)


def _printed_node(node: Node, special: re.Pattern[str]) -> str:
    match node:
        case Text(text):
            return special.sub(r"\\\g<0>", text)
        case Weighted(content, weight):
            return _printed_weighted(_printed(content), weight)
        case Edit() | Alternation():
            return f"[{_printed_options(node)}]"
        case LoraTag():
            return str(node)
        case Break():
            return " BREAK "
        case Choice() | Wildcard():
            return literal(node)


def _printed_options(node: Edit | Alternation) -> str:
    if isinstance(node, Alternation):
        return "|".join(map(_printed, node.options))
    before = f"{_printed(node.before)}:" if node.before else ""
    return f"{before}{_printed(node.after)}:{_number(node.when)}"


def _printed_weighted(text: str, weight: float) -> str:
    if weight == STRONGER:
        return f"({text})"
    if weight == WEAKER:
        return f"[{text}]"
    return f"({text}:{_number(weight)})"


def _number(value: float) -> str:
    """Decimal digits only. A float keeps a point: in `[a:b:1.0]` it makes it a fraction."""
    if isinstance(value, int):
        return str(value)
    digits = format(Decimal(repr(value)), "f")
    return digits if "." in digits else f"{digits}.0"

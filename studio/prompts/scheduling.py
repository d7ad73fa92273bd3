"""What a prompt says at each step, and what is left of it for text encoders that read plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from studio.core.addon_names import LoraTag
from studio.prompts.syntax import (
    Alternation,
    Alternative,
    Break,
    Choice,
    Content,
    Edit,
    ParsedPrompt,
    Text,
    Weighted,
    Wildcard,
    literal,
)

HEAVIEST: Final = 10.0
"""Weights beyond this, and below its negative, count as this: deep nesting would overflow half types."""


@dataclass(frozen=True, slots=True)
class WeightedText:
    """Words that the text encoder's answer is multiplied for, by `weight` (-10 to 10)."""

    text: str
    weight: float = 1.0


Chunks: TypeAlias = tuple[tuple[WeightedText, ...], ...]
"""What stands between the `BREAK`s. Neighbours in a chunk differ in weight."""


def schedule(alternative: Alternative, steps: int) -> tuple[tuple[int, Chunks], ...]:
    """From which step on (0 is the first, increasing) what counts, in a picture of `steps` steps."""
    found: list[tuple[int, Chunks]] = []
    for step in sorted(_borders(alternative.content, steps)):
        chunks = _chunks(alternative.content, step, steps)
        if not found or found[-1][1] != chunks:
            found.append((step, chunks))
    return tuple(found)


def plain_text(parsed: ParsedPrompt) -> str:
    """The words alone: what edits lead to, the first option of alternations, all alternatives. A tag leaves no gap."""
    words = " ".join("".join(_words(alternative.content)) for alternative in parsed.alternatives)
    return re.sub(r" {2,}", " ", words).strip() if parsed.loras else words


def is_plain(parsed: ParsedPrompt) -> bool:
    """True when nothing is lost in `plain_text`."""
    return len(parsed.alternatives) == 1 and not any(
        isinstance(node, Weighted | Edit | Alternation | Break) for node in parsed.alternatives[0].content
    )


def steps_before(when: float, steps: int) -> int:
    """How many of `steps` steps come before the change of an edit: a float is a fraction, rounded down."""
    return min(steps, int(when * steps) if isinstance(when, float) else when)


def _borders(content: Content, steps: int) -> set[int]:
    """Steps at which the content may change, and 0."""
    borders = {0}
    for node in content:
        match node:
            case Weighted(inner):
                borders |= _borders(inner, steps)
            case Edit(before, after, when):
                borders |= _borders(before, steps) | _borders(after, steps)
                if 0 < (border := steps_before(when, steps)) < steps:
                    borders.add(border)
            case Alternation():
                borders.update(range(steps))
            case _:
                pass
    return borders


def _chunks(content: Content, step: int, steps: int) -> Chunks:
    chunks: list[list[WeightedText]] = [[]]
    for piece in _pieces(content, step, steps, 1.0):
        if piece is None:
            chunks.append([])
        elif chunks[-1] and chunks[-1][-1].weight == piece.weight:
            chunks[-1][-1] = WeightedText(chunks[-1][-1].text + piece.text, piece.weight)
        else:
            chunks[-1].append(piece)
    return tuple(tuple(chunk) for chunk in chunks)


def _pieces(content: Content, step: int, steps: int, weight: float) -> Iterator[WeightedText | None]:
    """The texts at `step`; None for a break."""
    for node in content:
        match node:
            case Text() | Choice() | Wildcard():
                yield WeightedText(literal(node), max(-HEAVIEST, min(HEAVIEST, weight)))
            case Weighted(inner, factor):
                yield from _pieces(inner, step, steps, weight * factor)
            case Edit(before, after, when):
                yield from _pieces(before if step < steps_before(when, steps) else after, step, steps, weight)
            case Alternation(options):
                yield from _pieces(options[step % len(options)], step, steps, weight)
            case Break():
                yield None
            case LoraTag():
                pass


def _words(content: Content) -> Iterator[str]:
    for node in content:
        match node:
            case Text() | Choice() | Wildcard():
                yield literal(node)
            case Weighted(inner) | Edit(_, inner):
                yield from _words(inner)
            case Alternation(options):
                yield from _words(options[0])
            case Break():
                yield " "
            case LoraTag():
                pass

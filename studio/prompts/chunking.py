"""Long prompts in pieces that fit into a text encoder's window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

BACKTRACK: Final = 20
"""A piece ends behind its last comma if that is so few tokens back, as in A1111."""

T = TypeVar("T")


def split_at_window(tokens: Sequence[T], window: int, is_comma: Callable[[T], bool]) -> list[Sequence[T]]:
    """`tokens` in chunks of at most `window`; one empty chunk for no tokens."""
    chunks: list[Sequence[T]] = []
    start = 0
    while len(tokens) - start > window:
        end = start + window
        if not is_comma(tokens[end]):
            end = _behind_last_comma(tokens, start, end, is_comma)
        chunks.append(tokens[start:end])
        start = end
    chunks.append(tokens[start:])
    return chunks


def _behind_last_comma(tokens: Sequence[T], start: int, end: int, is_comma: Callable[[T], bool]) -> int:
    """The place behind the last comma of a full chunk; its `end` if there is none near."""
    for index in range(end - 1, max(start, end - BACKTRACK) - 1, -1):
        if is_comma(tokens[index]):
            return index + 1
    return end

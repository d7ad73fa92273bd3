"""Alt+Left and Alt+Right: the item under the caret changes places with its neighbour."""

from __future__ import annotations

import re
from collections.abc import Iterator

from studio.ui.prompt_editor.brackets import matching_brackets
from studio.ui.replacement import Replacement

_TAG = re.compile(r"<\w+:[^<>\n]*>")


def move_item(text: str, caret: int, direction: int) -> Replacement | None:
    """The change that moves the item at `caret` one place to the left (-1) or right (1); None at the end of the row.

    Items stand between commas and ends of lines; those within brackets belong to the item with the brackets. What
    stands between two items (commas and spaces) stays where it is.
    """
    items = [(start, end) for start, end in _items(text) if start < end]
    here = next((i for i, (start, end) in enumerate(items) if start <= caret <= end), None)
    if here is None or not 0 <= here + direction < len(items):
        return None
    (left_start, left_end), (right_start, right_end) = sorted((items[here], items[here + direction]))
    left, between, right = text[left_start:left_end], text[left_end:right_start], text[right_start:right_end]
    moved = text[slice(*items[here])]
    select = left_start if direction < 0 else left_start + len(right) + len(between)
    return Replacement(left_start, right_end, right + between + left, select, select + len(moved))


def _items(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each item, without the spaces around it."""
    closing = matching_brackets(text)
    tags = {tag.start(): tag.end() for tag in _TAG.finditer(text)}
    start = place = 0
    while place < len(text):
        if place in closing:
            place = closing[place]
        elif place in tags:
            place = tags[place] - 1
        elif text[place] in ",\n":
            yield _trimmed(text, start, place)
            start = place + 1
        place += 1
    yield _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    item = text[start:end]
    trimmed_start = start + len(item) - len(item.lstrip())
    return trimmed_start, max(trimmed_start, end - (len(item) - len(item.rstrip())))

"""Which brackets of a prompt belong together. What has no partner is text, as it is for the model."""

from __future__ import annotations

from collections.abc import Mapping

_CLOSES = {")": "(", "]": "[", "}": "{"}


def matching_brackets(text: str) -> Mapping[int, int]:
    """Where each bracket of `text` that is closed is closed: place of the opening one to that of the closing one.

    A bracket after a backslash is text.
    """
    pairs: dict[int, int] = {}
    open_brackets: list[int] = []
    place = 0
    while place < len(text):
        character = text[place]
        if character == "\\":
            place += 1
        elif character in _CLOSES.values():
            open_brackets.append(place)
        elif character in _CLOSES and open_brackets and text[open_brackets[-1]] == _CLOSES[character]:
            pairs[open_brackets.pop()] = place
        place += 1
    return pairs

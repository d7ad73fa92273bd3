"""Places in a text as Python counts them (characters) and as Qt counts them (units of UTF-16)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

_LAST_OF_ONE_UNIT = "\uffff"


class TextPositions:
    """Converts places in `text`. An emoji is one character and two units; most texts have none."""

    def __init__(self, text: str) -> None:
        self._wide: list[int] = []
        if not text.isascii():
            self._wide = [index for index, character in enumerate(text) if character > _LAST_OF_ONE_UNIT]
        self._wide_in_units = [index + before for before, index in enumerate(self._wide)]

    def to_units(self, index: int) -> int:
        """The place in Qt's document of the character `index`."""
        return index + bisect_left(self._wide, index)

    def to_index(self, units: int) -> int:
        """The character at this place of Qt's document."""
        return units - bisect_right(self._wide_in_units, units - 1)

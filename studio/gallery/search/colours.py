"""Colours as people write them in a search."""

from __future__ import annotations

import re
from typing import Final

from studio.gallery.search.query import ColourFilter

COLOUR_NAMES: Final = {
    "red": "#d62828",
    "orange": "#f58220",
    "yellow": "#f4d03f",
    "green": "#3a9d4c",
    "teal": "#1f9e9e",
    "blue": "#2463c9",
    "sky": "#8cc8f0",
    "purple": "#7b3fa0",
    "pink": "#f08cb4",
    "brown": "#7a4a25",
    "beige": "#e3d3b4",
    "white": "#fafafa",
    "grey": "#808080",
    "black": "#0c0c0c",
}
"""What each stands for; many colours near it are called so."""
_SAME: Final = {"gray": "grey", "violet": "purple"}
_HEXADECIMAL: Final = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})")
_TOLERANCE: Final = 9.0
_TOLERANCE_OF_A_NAME: Final = 14.0


def read_colour(text: str) -> ColourFilter | None:
    """`#ff8800`, `#f80` or a name; None for what is no colour."""
    name = text.casefold()
    named = COLOUR_NAMES.get(_SAME.get(name, name))
    found = _HEXADECIMAL.fullmatch(named or name)
    if found is None:
        return None
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    red, green, blue = bytes.fromhex(digits)
    return ColourFilter(red, green, blue, _TOLERANCE if named is None else _TOLERANCE_OF_A_NAME)

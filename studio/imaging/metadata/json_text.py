"""JSON out of foreign texts."""

from __future__ import annotations

import json
from typing import cast

LONGEST_JSON = 2 * 2**20
"""Characters."""
MOST_PARTS = 200_000
"""Lists and objects: what is slow to read, and takes the memory. A graph of 10,000 nodes has half as many."""


def json_object(text: str) -> dict[str, object] | None:
    """The JSON object that is the text; None if it is none, too long, too deep, or of too many parts.

    NaN and Infinity pass, which are no JSON: ComfyUI writes them. So do halves of characters (lone surrogates).
    """
    if len(text) > LONGEST_JSON or not text.lstrip().startswith("{"):
        return None
    if text.count("[") + text.count("{") > MOST_PARTS:
        return None
    try:
        return as_object(json.loads(text))
    except (ValueError, RecursionError):
        return None


def as_object(value: object) -> dict[str, object] | None:
    """A value of a JSON document, if it is an object."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None  # JSON's keys are strings


def as_list(value: object) -> list[object]:
    """A value of a JSON document, if it is a list; an empty list otherwise."""
    return cast("list[object]", value) if isinstance(value, list) else []

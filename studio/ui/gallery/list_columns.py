"""The columns of the list: which there is room for, and where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from studio.core.language import tr
from studio.ui.theme import px

GAP = 8
_LEAST_PROMPT = 120


class Column(Enum):
    """In their order from the left, by their names."""

    PICTURE = ""
    PROMPT = tr("Prompt")
    MODEL = tr("Model")
    SIZE = tr("Size")
    SEED = tr("Seed")
    STEPS = tr("Steps")
    RATING = tr("Rating")
    DATE = tr("Date")


_WIDTHS = {
    Column.DATE: 88,
    Column.RATING: 64,
    Column.SIZE: 80,
    Column.MODEL: 112,
    Column.SEED: 88,
    Column.STEPS: 44,
}
"""Design pixels; the first ones are there first, as the list becomes wider."""


@dataclass(frozen=True, slots=True)
class Place:
    """Pixels from the left edge of a row."""

    column: Column
    left: int
    width: int


def columns_for(width: int, height: int) -> Sequence[Place]:
    """Those that a row of this size has room for. The picture is a square, the prompt takes what the others leave."""
    gap = px(GAP)
    room = width - height - px(_LEAST_PROMPT) - gap
    shown: dict[Column, int] = {}
    for column, wanted in _WIDTHS.items():
        room -= px(wanted) + gap
        if room < 0:
            break
        shown[column] = px(wanted)
    others = sum(wide + gap for wide in shown.values())
    widths = {Column.PICTURE: height, Column.PROMPT: max(0, width - height - gap - others), **shown}
    places: list[Place] = []
    left = 0
    for column in Column:
        if column in widths:
            places.append(Place(column, left, widths[column]))
            left += widths[column] + gap
    return places

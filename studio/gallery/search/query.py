"""What is looked for, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class Field(StrEnum):
    """What a filter is about; the value is the word before the colon."""

    PROMPT = "prompt"
    NEGATIVE = "negative"
    MODEL = "model"
    LORA = "lora"
    SAMPLER = "sampler"
    STEPS = "steps"
    CFG = "cfg"
    SEED = "seed"
    SIZE = "size"
    WIDTH = "width"
    HEIGHT = "height"
    RATING = "rating"
    ALBUM = "album"
    TAG = "tag"
    NOTE = "note"
    MADE = "made"
    IS = "is"
    DATE = "date"
    FROM = "from"
    COLOUR = "colour"
    LIKE = "like"


class Made(StrEnum):
    """How a picture was made."""

    TEXT = "text"
    IMAGE = "image"
    INPAINT = "inpaint"
    ELSEWHERE = "elsewhere"
    """By another program, or it does not tell."""


class Mark(StrEnum):
    """What the user did with a picture."""

    FAVOURITE = "favourite"
    RATED = "rated"
    TAGGED = "tagged"
    NOTED = "noted"


class Comparison(StrEnum):
    EQUAL = "="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Words:
    """Words that begin so; with `is_phrase` these words one after the other. In `field`, or in prompt or negative."""

    text: str
    is_phrase: bool = False
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class AllWords:
    """Each of these holds; at least one."""

    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class TextFilter:
    """The field contains the text, in any case."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class NumberFilter:
    """The field lies within the bounds, all of them."""

    field: Field
    bounds: tuple[tuple[Comparison, float], ...]


@dataclass(frozen=True, slots=True)
class SizeFilter:
    """Pixels, exactly."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class DateFilter:
    """From `begin` on and before `end`; None is without a bound. Both know their time zone."""

    begin: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class MadeFilter:
    made: Made


@dataclass(frozen=True, slots=True)
class MarkFilter:
    mark: Mark


@dataclass(frozen=True, slots=True)
class ColourFilter:
    """Pictures that have this colour of sRGB, or one near it: what is `tolerance` away in CIELAB counts by 0.6."""

    red: int
    green: int
    blue: int
    tolerance: float


@dataclass(frozen=True, slots=True)
class LikeFilter:
    """Pictures with the colours of the newest one whose file's name contains this."""

    name: str


@dataclass(frozen=True, slots=True)
class RowSet:
    """The pictures in these rows of the index."""

    numbers: tuple[int, ...]


Condition: TypeAlias = (
    Words
    | AllWords
    | TextFilter
    | NumberFilter
    | SizeFilter
    | DateFilter
    | MadeFilter
    | MarkFilter
    | ColourFilter
    | LikeFilter
    | RowSet
)


@dataclass(frozen=True, slots=True)
class Term:
    """A condition; with `negated` its contrary, which pictures fulfil that do not tell, too."""

    condition: Condition
    negated: bool = False


class FaultReason(StrEnum):
    """Why a part of a query is not understood."""

    QUOTE_UNCLOSED = "quote unclosed"
    VALUE_MISSING = "value missing"
    NOT_A_NUMBER = "not a number"
    NOT_A_SIZE = "not a size"
    NOT_A_DATE = "not a date"
    UNKNOWN_CHOICE = "unknown choice"
    NOT_COMPARABLE = "not comparable"
    NOT_A_COLOUR = "not a colour"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """The characters from `start` to `end` are not understood, and are left out of the search."""

    start: int
    end: int
    reason: FaultReason
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """Pictures for which all terms of one of the `groups` hold. No group at all: every picture."""

    groups: tuple[tuple[Term, ...], ...] = ()
    faults: tuple[Fault, ...] = ()


EVERYTHING = Query()

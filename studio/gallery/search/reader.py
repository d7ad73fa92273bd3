"""Reading a search as it is typed.

| written | finds pictures |
|---|---|
| `red apple` | whose prompt or negative prompt has words that begin so, both of them |
| `"red apple"` | with these words one after the other |
| `-blurry`, `-model:sdxl` | without this |
| `cat OR dog` | with one of these |
| `model:dream`, `lora:detail`, `sampler:euler`, `album:best`, `tag:sea`, `note:later` | whose model ... contains this |
| `album:Rome` | in an album that contains this in its name; if one has just this name, in it alone |
| `prompt:sea`, `negative:blurry` | with the word there |
| `steps:20`, `steps:>20`, `cfg:5..7`, `seed:42`, `width:<1024`, `height:>=512`, `rating:>=4` | by a number |
| `size:512x768` | of this size |
| `made:text`, `made:image`, `made:inpaint`, `made:elsewhere` | made like this |
| `is:favourite`, `is:rated`, `is:tagged`, `is:noted` | that were marked so |
| `date:2026-11`, `date:today`, `date:>=2026-11-20`, `date:2026-01..2026-03` | of this time |
| `from:name` | made from the picture with this in its file's name, or that it was made from |
| `colour:orange`, `colour:#ff8800` | with this colour, or one near it |
| `like:name` | with colours like those of the picture with this in its file's name |

What does not fit is a fault at its place, and is left out; a word with a colon that names no field is a word.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from studio.gallery.search.colours import COLOUR_NAMES, read_colour
from studio.gallery.search.query import (
    ColourFilter,
    Comparison,
    Condition,
    DateFilter,
    Fault,
    FaultReason,
    Field,
    LikeFilter,
    Made,
    MadeFilter,
    Mark,
    MarkFilter,
    NumberFilter,
    Query,
    SizeFilter,
    Term,
    TextFilter,
    Words,
)

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

_SPELLINGS: Final = {"color": Field.COLOUR}
LONGEST_QUERY: Final = 10_000
"""Characters; what is beyond is not read."""

_GRAMMAR: Final = rf"""
start: group? (OR group?)*
group: term+
term: [NOT] (filter | phrase | word)
filter: FIELD [COMPARISON] [value]
value: QUOTED | BARE
phrase: QUOTED
word: BARE

OR.2: /OR(?!\S)/
NOT.3: /(?<!\S)-(?=[^\s-])/
FIELD.2: /(?i:{"|".join((*Field, *_SPELLINGS))}):/
COMPARISON.2: /<=|>=|<|>|=/
QUOTED: /"[^"]*"?/
BARE: /[^\s"]+/
%ignore /\s+/
"""
_NUMBER: Final = r"(-?\d{1,20}(?:\.\d{1,10})?)"
_RANGE: Final = re.compile(rf"{_NUMBER}\.\.{_NUMBER}")
_ONE_NUMBER: Final = re.compile(_NUMBER)
_SIZE: Final = re.compile(r"(\d{1,6})[xX×](\d{1,6})")
_DATE: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_NUMBERS: Final = {Field.STEPS, Field.CFG, Field.SEED, Field.WIDTH, Field.HEIGHT, Field.RATING}


def read_query(text: str, now: datetime) -> Query:
    """Read a search. `now`, which knows its time zone, says what "today" and a date without a zone mean."""
    tree = _parser().parse(text[:LONGEST_QUERY])  # pyright: ignore[reportUnknownMemberType]  typed in part
    reading = _Reading(now)
    groups = tuple(tuple(reading.terms(group)) for group in _trees(tree))
    return Query(tuple(group for group in groups if group), tuple(sorted(reading.faults)))


@functools.cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


@dataclass(frozen=True, slots=True)
class _Value:
    """What stands behind the colon of a filter, without its quotes."""

    text: str
    start: int
    end: int
    comparison: Comparison | None

    def fault(self, reason: FaultReason, choices: tuple[str, ...] = ()) -> _NotUnderstood:
        return _NotUnderstood(Fault(self.start, self.end, reason, choices))


class _NotUnderstood(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class _Reading:
    """Makes terms of one query's tree, and collects what is not understood."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.faults: list[Fault] = []

    def terms(self, group: Tree[Token]) -> list[Term]:
        return [term for tree in _trees(group) if (term := self._term(tree)) is not None]

    def _term(self, tree: Tree[Token]) -> Term | None:
        negated = any(token.type == "NOT" for token in _tokens(tree))
        [content] = _trees(tree)
        try:
            condition = self._condition(content)
        except _NotUnderstood as error:
            self.faults.append(error.fault)
            return None
        return None if condition is None else Term(condition, negated)

    def _condition(self, tree: Tree[Token]) -> Condition | None:
        [token, *_] = _tokens(tree)
        if tree.data == "filter":
            name = token.rstrip(":").lower()
            return self._filter(_SPELLINGS.get(name) or Field(name), self._value(tree, token))
        text = self._unquoted(token)
        if not _has_letters(text):
            return None
        return Words(text, is_phrase=tree.data == "phrase")

    def _value(self, tree: Tree[Token], field: Token) -> _Value:
        compared = [Comparison(str(token)) for token in _tokens(tree) if token.type == "COMPARISON"]
        found = [token for value in _trees(tree) for token in _tokens(value)]
        if not found or not self._unquoted(found[0]).strip():
            end = _tokens(tree)[-1].end_pos if not found else found[0].end_pos
            raise _NotUnderstood(Fault(_start(field), end or 0, FaultReason.VALUE_MISSING))
        [token] = found
        return _Value(self._unquoted(token).strip(), _start(token), token.end_pos or 0, next(iter(compared), None))

    def _unquoted(self, token: Token) -> str:
        if token.type != "QUOTED":
            return str(token)
        if len(token) < 2 or not token.endswith('"'):
            self.faults.append(Fault(_start(token), _start(token) + 1, FaultReason.QUOTE_UNCLOSED))
            return token[1:]
        return token[1:-1]

    def _filter(self, field: Field, value: _Value) -> Condition:
        if field in _NUMBERS:
            return NumberFilter(field, _bounds(value))
        if field is Field.DATE:
            return _dates(value, self._now)
        if value.comparison not in {None, Comparison.EQUAL}:
            raise value.fault(FaultReason.NOT_COMPARABLE)
        return _EXACT.get(field, _text)(field, value)


# --- values ---


def _bounds(value: _Value) -> tuple[tuple[Comparison, float], ...]:
    between, one = _RANGE.fullmatch(value.text), _ONE_NUMBER.fullmatch(value.text)
    if between is not None and value.comparison is None:
        return (Comparison.AT_LEAST, _number(between[1])), (Comparison.AT_MOST, _number(between[2]))
    if one is None:
        raise value.fault(FaultReason.NOT_A_NUMBER)
    return ((value.comparison or Comparison.EQUAL, _number(one[1])),)


def _number(text: str) -> float:
    """A whole number stays one: a seed has more digits than a float keeps."""
    return float(text) if "." in text else int(text)


def _text(field: Field, value: _Value) -> TextFilter:
    return TextFilter(field, value.text)


def _words(field: Field, value: _Value) -> Words:
    return Words(value.text, is_phrase=True, field=field)


def _made(_field: Field, value: _Value) -> MadeFilter:
    return MadeFilter(Made(_choice(value, Made)))


def _mark(_field: Field, value: _Value) -> MarkFilter:
    return MarkFilter(Mark(_choice(value, Mark)))


def _size(_field: Field, value: _Value) -> SizeFilter:
    found = _SIZE.fullmatch(value.text)
    if found is None:
        raise value.fault(FaultReason.NOT_A_SIZE)
    return SizeFilter(int(found[1]), int(found[2]))


def _colour(_field: Field, value: _Value) -> ColourFilter:
    found = read_colour(value.text)
    if found is None:
        raise value.fault(FaultReason.NOT_A_COLOUR, tuple(COLOUR_NAMES))
    return found


def _like(_field: Field, value: _Value) -> LikeFilter:
    return LikeFilter(value.text)


def _choice(value: _Value, among: type[StrEnum]) -> str:
    choices = tuple(choice.value for choice in among)
    found = [choice for choice in choices if choice.startswith(value.text.lower())]
    if not found:
        raise value.fault(FaultReason.UNKNOWN_CHOICE, choices)
    return found[0]


_EXACT: Final[dict[Field, Callable[[Field, _Value], Condition]]] = {
    Field.PROMPT: _words,
    Field.NEGATIVE: _words,
    Field.SIZE: _size,
    Field.MADE: _made,
    Field.IS: _mark,
    Field.COLOUR: _colour,
    Field.LIKE: _like,
}


def _dates(value: _Value, now: datetime) -> DateFilter:
    first, separator, last = value.text.partition("..")
    if separator and value.comparison is None:
        return DateFilter(_period(first, value, now)[0], _period(last, value, now)[1])
    begin, end = _period(value.text, value, now)
    match value.comparison:
        case None | Comparison.EQUAL:
            return DateFilter(begin, end)
        case Comparison.LESS:
            return DateFilter(None, begin)
        case Comparison.AT_MOST:
            return DateFilter(None, end)
        case Comparison.MORE:
            return DateFilter(end, None)
        case Comparison.AT_LEAST:
            return DateFilter(begin, None)


def _period(text: str, value: _Value, now: datetime) -> tuple[datetime, datetime]:
    """The day, month or year that is meant: its beginning, and that of the next."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if text.lower() in {"today", "yesterday"}:
        begin = today if text.lower() == "today" else today - timedelta(days=1)
        return begin, begin + timedelta(days=1)
    found = _DATE.fullmatch(text)
    if found is None:
        raise value.fault(FaultReason.NOT_A_DATE)
    year, month, day = (None if part is None else int(part) for part in found.groups())
    try:
        begin = today.replace(year=year or 0, month=month or 1, day=day or 1)
        if day is not None:
            return begin, begin + timedelta(days=1)
        if month is not None:
            return begin, _next_month(begin)
        return begin, begin.replace(year=begin.year + 1)
    except (ValueError, OverflowError):
        raise value.fault(FaultReason.NOT_A_DATE) from None


def _next_month(begin: datetime) -> datetime:
    return (begin + timedelta(days=31)).replace(day=1)


def _has_letters(text: str) -> bool:
    """Or digits: punctuation alone cannot be looked for."""
    return any(character.isalnum() for character in text)


# --- the tree ---


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    from lark import Tree

    return [child for child in tree.children if isinstance(child, Tree)]


def _tokens(tree: Tree[Token]) -> list[Token]:
    from lark import Token

    return [child for child in tree.children if isinstance(child, Token)]


def _start(token: Token) -> int:
    return token.start_pos or 0

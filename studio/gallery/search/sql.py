"""Searches as SQL over the tables of `index.db`, with `user.db` attached as `user`.

One index, which holds all columns that are looked for, is walked in its order, newest first; words, add-ons and marks
are sets of row numbers that their own indices find. Nothing of the wide rows is read.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import singledispatch
from typing import Final

from studio.core.request import Sampling
from studio.core.scheduler import SchedulerName
from studio.gallery.database import Value
from studio.gallery.search.query import (
    AllWords,
    Comparison,
    Condition,
    DateFilter,
    Field,
    Made,
    MadeFilter,
    Mark,
    MarkFilter,
    NumberFilter,
    Query,
    RowSet,
    SizeFilter,
    Term,
    TextFilter,
    Words,
)
from studio.gallery.stored_seed import stored_seed

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS: Final = {
    Field.STEPS: "steps",
    Field.CFG: "guidance",
    Field.WIDTH: "width",
    Field.HEIGHT: "height",
}
_HAS_NAME: Final = "path LIKE ? ESCAPE '\\' AND file_name(path) LIKE ? ESCAPE '\\'"
"""The path first, which SQLite compares alone: it calls `file_name` for few."""
_NAMED: Final = f"SELECT {{}} FROM pictures WHERE {_HAS_NAME}"
_IN_ALBUMS: Final = """
    SELECT picture FROM user.album_picture WHERE album IN (
        SELECT id FROM user.album WHERE name LIKE ? ESCAPE '\\' AND (
            name LIKE ? ESCAPE '\\' OR NOT EXISTS (SELECT 1 FROM user.album WHERE name LIKE ? ESCAPE '\\')
        )
    )
"""
"""An album of just this name alone: who opens "Rome" wants no pictures of "Rome in winter"."""
_SETS: Final = {
    Field.LORA: ("sequence", "SELECT sequence FROM picture_lora WHERE name LIKE ? ESCAPE '\\'"),
    Field.TAG: ("id", "SELECT picture FROM user.tag WHERE name LIKE ? ESCAPE '\\'"),
    Field.NOTE: ("id", "SELECT picture FROM user.mark WHERE note LIKE ? ESCAPE '\\'"),
    Field.ALBUM: ("id", _IN_ALBUMS),
    Field.FROM: (
        "id",
        f"SELECT id FROM pictures WHERE parent IN ({_NAMED.format('id')})"
        f" UNION ALL {_NAMED.format('parent')} AND parent IS NOT NULL",
    ),
}
"""The column that is looked for among what is selected."""
_UNSIGNED_SEED: Final = "(seed + (seed < 0) * 18446744073709551616.0)"
_TASKS: Final = {Made.TEXT: "text_to_image", Made.IMAGE: "image_to_image", Made.INPAINT: "inpaint"}
_MARKS: Final = {
    Mark.FAVOURITE: "SELECT picture FROM user.mark WHERE favourite",
    Mark.RATED: "SELECT picture FROM user.mark WHERE rating > 0",
    Mark.NOTED: "SELECT picture FROM user.mark WHERE note != ''",
    Mark.TAGGED: "SELECT picture FROM user.tag",
}

FEW: Final = 2000
"""Rows: to look at each of more takes longer than to walk the index."""


class PictureOrder(StrEnum):
    """How pictures are sorted. Those that are alike in it: newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    BEST_RATED = "best rated"
    SEED = "seed"
    MODEL = "model"
    LARGEST = "largest"

    @property
    def is_by_date(self) -> bool:
        return self in {PictureOrder.NEWEST, PictureOrder.OLDEST}


_ORDERS: Final = {
    PictureOrder.NEWEST: "created_at DESC, sequence DESC",
    PictureOrder.OLDEST: "created_at, sequence",
    PictureOrder.BEST_RATED: "coalesce(user.mark.rating, 0) DESC, created_at DESC, sequence DESC",
    PictureOrder.SEED: "seed IS NULL, seed, created_at DESC, sequence DESC",
    PictureOrder.MODEL: "checkpoint IS NULL, checkpoint COLLATE NOCASE, created_at DESC, sequence DESC",
    PictureOrder.LARGEST: "width * height DESC, created_at DESC, sequence DESC",
}


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with the values of its question marks."""

    text: str
    values: tuple[Value, ...] = ()


def select_ids(query: Query, order: PictureOrder, most: int | None = None) -> Sql:
    """The ids of the pictures that are found, in order; the first `most` of them, if it is given."""
    return _select("pictures.id", query, order, most)


def select_ids_and_moments(query: Query, order: PictureOrder, most: int | None = None) -> Sql:
    """The same, and when each was made, in microseconds since 1970."""
    return _select("pictures.id, created_at", query, order, most)


def _select(columns: str, query: Query, order: PictureOrder, most: int | None) -> Sql:
    where = _any_of([_all_of([_term(term) for term in group]) for group in query.groups])
    marks = " LEFT JOIN user.mark ON user.mark.picture = pictures.id" if order is PictureOrder.BEST_RATED else ""
    condition = f" WHERE {where.text}" if query.groups else ""
    way = "NOT INDEXED" if _is_among_few(query) else "INDEXED BY pictures_by_date"
    table = f"pictures {way}{marks}"
    limit = "" if most is None else f" LIMIT {most:d}"
    return Sql(f"SELECT {columns} FROM {table}{condition} ORDER BY {_ORDERS[order]}{limit}", where.values)


def _is_among_few(query: Query) -> bool:
    """A few pictures are named, each of which is looked at by its number: that is less than walking the index."""
    return len(query.groups) == 1 and any(
        isinstance(term.condition, RowSet) and len(term.condition.numbers) <= FEW and not term.negated
        for term in query.groups[0]
    )


def _any_of(conditions: Sequence[Sql]) -> Sql:
    return _joined(" OR ", conditions)


def _all_of(conditions: Sequence[Sql]) -> Sql:
    return _joined(" AND ", conditions)


def _joined(word: str, conditions: Sequence[Sql]) -> Sql:
    text = word.join(f"({condition.text})" for condition in conditions)
    return Sql(text, tuple(value for condition in conditions for value in condition.values))


def _term(term: Term) -> Sql:
    condition = _condition(term.condition)
    return Sql(f"({condition.text}) IS NOT TRUE", condition.values) if term.negated else condition


@singledispatch
def _condition(condition: Condition) -> Sql:
    raise AssertionError(f"{condition} is to be resolved before")


@_condition.register(Words)
@_condition.register(AllWords)
@_condition.register(MarkFilter)
@_condition.register(RowSet)
def _(condition: Condition) -> Sql:
    return _among(condition)


@_condition.register
def _(condition: TextFilter) -> Sql:
    match condition.field:
        case Field.SAMPLER:
            return _sampler(condition.text)
        case Field.MODEL:
            return Sql("checkpoint LIKE ? ESCAPE '\\'", (_pattern(condition.text),))
        case _:
            return _among(condition)


@_condition.register
def _(condition: NumberFilter) -> Sql:
    if condition.field is Field.RATING:
        return _rating(condition.bounds)
    return _all_of([_bound(condition.field, *bound) for bound in condition.bounds])


@_condition.register
def _(size: SizeFilter) -> Sql:
    return Sql("width = ? AND height = ?", (size.width, size.height))


@_condition.register
def _(condition: DateFilter) -> Sql:
    return _all_of(
        [
            Sql(f"pictures.created_at {comparison} ?", ((moment - _EPOCH) // timedelta(microseconds=1),))
            for comparison, moment in ((">=", condition.begin), ("<", condition.end))
            if moment is not None
        ]
    )


@_condition.register
def _(condition: MadeFilter) -> Sql:
    if condition.made is Made.ELSEWHERE:
        return Sql("task IS NULL")
    return Sql("task = ?", (_TASKS[condition.made],))


# --- sets of pictures ---


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Pictures that an index of their own finds: those of which this column, `sequence` or `id`, is selected."""

    column: str
    members: Sql

    @property
    def has_it(self) -> Sql:
        """The condition that a picture is in it."""
        return Sql(f"pictures.{self.column} IN ({self.members.text})", self.members.values)

    @property
    def rows(self) -> Sql:
        """The numbers of its rows."""
        if self.column == "sequence":
            return self.members
        return Sql(f"SELECT sequence FROM pictures WHERE id IN ({self.members.text})", self.members.values)

    def count(self, most: int) -> Sql:
        """How many members it has, or `most` if there are more, which takes no time; one may be there twice."""
        return Sql(f"SELECT count(*) FROM ({self.members.text} LIMIT {most:d})", self.members.values)


def set_of(condition: Condition) -> PictureSet | None:
    """None for what is compared row by row."""
    match condition:
        case Words():
            return _matching((condition,))
        case AllWords(words):
            return _matching(words)
        case TextFilter(field, text) if field in _SETS:
            column, sql = _SETS[field]
            return PictureSet(column, Sql(sql, _patterns(field, text)))
        case MarkFilter(mark):
            return PictureSet("id", Sql(_MARKS[mark]))
        case RowSet(numbers):
            return PictureSet("sequence", Sql("SELECT value FROM json_each(?)", (json.dumps(numbers),)))
        case _:
            return None


def _patterns(field: Field, text: str) -> tuple[str, ...]:
    """For the question marks of the field's set."""
    if field is Field.ALBUM:
        return _pattern(text), _escaped(text), _escaped(text)
    return (_pattern(text),) * _SETS[field][1].count("?")


def _among(condition: Condition) -> Sql:
    found = set_of(condition)
    assert found is not None, "only conditions that have a set"
    return found.has_it


def _matching(words: Sequence[Words]) -> PictureSet:
    text = " AND ".join(map(_full_text, words))
    return PictureSet("sequence", Sql("SELECT rowid FROM picture_text WHERE picture_text MATCH ?", (text,)))


def _full_text(words: Words) -> str:
    """In the language of FTS5 (https://sqlite.org/fts5.html), quoted, so that nothing in it is an operator."""
    quoted = '"{}"'.format(words.text.replace('"', '""').replace("\0", " "))
    column = f"{words.field} : " if words.field is not None else ""
    return column + quoted + ("" if words.is_phrase else "*")


def _sampler(text: str) -> Sql:
    """By the stored value or the name that people know."""
    wanted = text.casefold()
    names = [name for name in SchedulerName if wanted in name.label.casefold() or wanted in name.value]
    marks = ", ".join("?" * len(names))
    return Sql(f"scheduler IN ({marks})", tuple(name.value for name in names))


def _bound(field: Field, comparison: Comparison, number: float) -> Sql:
    if field is not Field.SEED:
        return Sql(f"{_COLUMNS[field]} {comparison} ?", (float(number),))
    if comparison is Comparison.EQUAL:
        return Sql("seed = ?", (_seed(number),))
    return Sql(f"{_UNSIGNED_SEED} {comparison} ?", (float(number),))


def _seed(seed: float) -> Value:
    """As it is stored; one that no picture can have finds nothing."""
    if not 0 <= seed <= Sampling.HIGHEST_SEED or seed != int(seed):
        return None
    return stored_seed(int(seed))


def _rating(bounds: Sequence[tuple[Comparison, float]]) -> Sql:
    """Most pictures have no row: they count as 0."""
    where = _all_of([Sql(f"rating {comparison} ?", (float(number),)) for comparison, number in bounds])
    if all(_holds(0, comparison, number) for comparison, number in bounds):
        return Sql(f"pictures.id NOT IN (SELECT picture FROM user.mark WHERE NOT ({where.text}))", where.values)
    return Sql(f"pictures.id IN (SELECT picture FROM user.mark WHERE {where.text})", where.values)


def _holds(value: float, comparison: Comparison, bound: float) -> bool:
    operators = {
        Comparison.EQUAL: operator.eq,
        Comparison.LESS: operator.lt,
        Comparison.AT_MOST: operator.le,
        Comparison.MORE: operator.gt,
        Comparison.AT_LEAST: operator.ge,
    }
    return bool(operators[comparison](value, bound))


def select_newest_named(text: str) -> Sql:
    """The id of the picture that came last of those whose name contains this; the wide rows are not read."""
    found = f"FROM pictures INDEXED BY pictures_by_path WHERE {_HAS_NAME}"
    return Sql(f"SELECT id {found} ORDER BY sequence DESC LIMIT 1", (_pattern(text),) * 2)


def _pattern(text: str) -> str:
    """The pattern of LIKE for a text that contains this one."""
    return f"%{_escaped(text)}%"


def _escaped(text: str) -> str:
    """The pattern of LIKE for this text."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

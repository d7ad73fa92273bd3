"""Searches put so that SQLite finds their pictures sooner: what they find stays the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias, cast

from studio.gallery.database import Row, Value
from studio.gallery.search.query import AllWords, Query, RowSet, Term, Words
from studio.gallery.search.sql import FEW, Sql, set_of

Read: TypeAlias = Callable[[str, Sequence[Value]], Sequence[Row]]


def narrowed(query: Query, read: Read) -> Query:
    """Words are looked for together, which full text search does better than comparing what each finds; and where one
    part of a search finds few pictures, only those are looked at for all the rest."""
    groups = tuple(map(_with_words_together, query.groups))
    if len(groups) == 1:
        groups = (_begun_with_few(groups[0], read),)
    return replace(query, groups=groups)


def _with_words_together(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    words = [term.condition for term in terms if isinstance(term.condition, Words) and not term.negated]
    others = [term for term in terms if not isinstance(term.condition, Words) or term.negated]
    return (Term(AllWords(tuple(words))), *others) if words else terms


def _begun_with_few(terms: tuple[Term, ...], read: Read) -> tuple[Term, ...]:
    for place, term in enumerate(terms):
        found = None if term.negated else set_of(term.condition)
        if found is not None and _numbers(found.count(FEW + 1), read) <= (FEW,):
            return (Term(RowSet(_numbers(found.rows, read))), *terms[:place], *terms[place + 1 :])
    return terms


def _numbers(sql: Sql, read: Read) -> tuple[int, ...]:
    """What it selects: counts, or numbers of rows of a STRICT table."""
    return tuple(cast("list[int]", [number for (number,) in read(sql.text, sql.values)]))

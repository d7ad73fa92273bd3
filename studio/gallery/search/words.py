"""Words that prompts have, as full text search keeps them: in lower case, without accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from studio.gallery.database import Row, Value
from studio.gallery.search.query import Field

MOST_WORDS: Final = 8
_SHORTEST: Final = 3
"""Bytes of UTF-8: how often each word occurs is counted, and two Latin letters begin too many of them."""
_LAST: Final = "\U0010ffff"


def as_indexed(text: str) -> str:
    """A word, or its beginning, as the index of the full text has it."""
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(character for character in plain if not unicodedata.combining(character))


def is_beginning(text: str) -> bool:
    """Whether words can be found that begin so: letters and digits alone, and not too few."""
    return len(text.encode()) >= _SHORTEST and text.isalnum()


def words_that_begin(
    beginning: str, field: Field | None, read: Callable[[str, Sequence[Value]], Sequence[Row]]
) -> tuple[str, ...]:
    """In the prompt or the negative prompt, or in `field` alone; the most frequent first. The beginning itself is none
    of them, and none are told for one that is too short."""
    first = as_indexed(beginning)
    if not is_beginning(first):
        return ()
    there = "" if field is None else "AND col = ?"
    rows = read(
        f"SELECT term FROM temp.picture_word WHERE term > ? AND term < ? {there}"
        f" GROUP BY term ORDER BY sum(doc) DESC, term LIMIT {MOST_WORDS}",
        (first, first + _LAST, *(() if field is None else (field.value,))),
    )
    return tuple(str(term) for (term,) in rows)

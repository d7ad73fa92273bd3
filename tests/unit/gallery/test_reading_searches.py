"""The language of searches: what is written and what it means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gallery.search.colours import COLOUR_NAMES, read_colour
from studio.gallery.search.query import (
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
from studio.gallery.search.reader import LONGEST_QUERY, read_query
from tests.helpers.growth import grows_with_length_alone

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)


def read(text: str) -> Query:
    return read_query(text, NOW)


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("", []),
        ("red apple", [Words("red"), Words("apple")]),
        ('"red apple"', [Words("red apple", is_phrase=True)]),
        ("foo:bar (x:1.2)", [Words("foo:bar"), Words("(x:1.2)")]),
        ("... - ( apple", [Words("apple")]),
        ("model:dream", [TextFilter(Field.MODEL, "dream")]),
        ('MODEL: "my model"', [TextFilter(Field.MODEL, "my model")]),
        ("prompt:sea", [Words("sea", is_phrase=True, field=Field.PROMPT)]),
        ("steps:20", [NumberFilter(Field.STEPS, ((Comparison.EQUAL, 20),))]),
        ("steps:>=20", [NumberFilter(Field.STEPS, ((Comparison.AT_LEAST, 20),))]),
        ("cfg:5..7.5", [NumberFilter(Field.CFG, ((Comparison.AT_LEAST, 5), (Comparison.AT_MOST, 7.5)))]),
        ("seed:18446744073709551615", [NumberFilter(Field.SEED, ((Comparison.EQUAL, 2**64 - 1),))]),
        ("size:512x768", [SizeFilter(512, 768)]),
        ("made:inp", [MadeFilter(Made.INPAINT)]),
        ("is:fav", [MarkFilter(Mark.FAVOURITE)]),
        ("date:2026-11-20", [DateFilter(day(2026, 11, 20), day(2026, 11, 21))]),
        ("date:2026-12", [DateFilter(day(2026, 12, 1), day(2027, 1, 1))]),
        ("date:2026", [DateFilter(day(2026, 1, 1), day(2027, 1, 1))]),
        ("date:yesterday", [DateFilter(day(2026, 11, 24), day(2026, 11, 25))]),
        ("date:<2026-11", [DateFilter(None, day(2026, 11, 1))]),
        ("date:>2026-11", [DateFilter(day(2026, 12, 1), None)]),
        ("date:2026-01..2026-03", [DateFilter(day(2026, 1, 1), day(2026, 4, 1))]),
        ("colour:#ff8800 Color:f80", [read_colour("#ff8800"), read_colour("#ff8800")]),
        ('like:"my house"', [LikeFilter("my house")]),
    ],
)
def test_what_is_written_is_what_is_looked_for(text: str, conditions: list[Condition]) -> None:
    query = read(text)
    assert query.faults == ()
    assert query.groups == ((tuple(map(Term, conditions)),) if conditions else ())


def test_a_minus_before_a_term_asks_for_its_contrary() -> None:
    assert read('-blurry -"a b" -model:x a-b').groups == (
        (
            Term(Words("blurry"), negated=True),
            Term(Words("a b", is_phrase=True), negated=True),
            Term(TextFilter(Field.MODEL, "x"), negated=True),
            Term(Words("a-b")),
        ),
    )


def test_one_of_the_groups_between_or_is_enough() -> None:
    assert read("cat OR dog steps:9 OR").groups == (
        (Term(Words("cat")),),
        (Term(Words("dog")), Term(NumberFilter(Field.STEPS, ((Comparison.EQUAL, 9),)))),
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a model:", Fault(2, 8, FaultReason.VALUE_MISSING)),
        ("steps:many", Fault(6, 10, FaultReason.NOT_A_NUMBER)),
        ("size:512", Fault(5, 8, FaultReason.NOT_A_SIZE)),
        ("date:2026-13", Fault(5, 12, FaultReason.NOT_A_DATE)),
        ("date:9999", Fault(5, 9, FaultReason.NOT_A_DATE)),
        ("colour:reddish", Fault(7, 14, FaultReason.NOT_A_COLOUR, tuple(COLOUR_NAMES))),
        ("colour:#ff88", Fault(7, 12, FaultReason.NOT_A_COLOUR, tuple(COLOUR_NAMES))),
        ("colour:>red", Fault(8, 11, FaultReason.NOT_COMPARABLE)),
        ("model:>x", Fault(7, 8, FaultReason.NOT_COMPARABLE)),
        ('red "apple', Fault(4, 5, FaultReason.QUOTE_UNCLOSED)),
        ("is:lost", Fault(3, 7, FaultReason.UNKNOWN_CHOICE, ("favourite", "rated", "tagged", "noted"))),
    ],
)
def test_a_fault_is_told_at_its_place_and_left_out(text: str, fault: Fault) -> None:
    query = read(f"{text}")
    assert query.faults == (fault,)
    assert all(isinstance(term.condition, Words) for group in query.groups for term in group)


def test_days_begin_where_the_user_is() -> None:
    east = timezone(timedelta(hours=9))
    [[term]] = read_query("date:today", datetime(2026, 11, 25, 3, tzinfo=east)).groups
    assert term.condition == DateFilter(datetime(2026, 11, 24, 15, tzinfo=UTC), datetime(2026, 11, 25, 15, tzinfo=UTC))


pieces = st.sampled_from(
    ["OR", "-", '"', ":", "model:", "steps:", "date:", ">", "<=", "..", "5", "2026-02-30", "a", " "]
)


@given(st.one_of(st.text(max_size=200), st.lists(pieces, max_size=30).map("".join)))
def test_any_text_can_be_read(text: str) -> None:
    for fault in read(text).faults:
        assert 0 <= fault.start < fault.end <= len(text)


@pytest.mark.parametrize("piece", ["a ", '"', "- ", "model:", "OR ", "date:>", "-", "(("])
def test_a_long_search_costs_no_more_than_its_length(piece: str) -> None:
    assert grows_with_length_alone(lambda length: partial(read, piece * (length // len(piece))), LONGEST_QUERY)


def test_a_search_is_read_to_its_limit() -> None:
    assert read("a " * LONGEST_QUERY) == read("a " * (LONGEST_QUERY // 2))

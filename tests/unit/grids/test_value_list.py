"""Lists of values as users of A1111 type them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.grids.value_list import (
    MOST_VALUES,
    ValueFault,
    ValueListUnreadable,
    read_numbers,
    read_texts,
    read_whole_numbers,
)

WHOLE = st.integers(-(10**9), 10**9)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3", (3,)),
        ("1, 2, 5", (1, 2, 5)),
        ("1,2,,5,", (1, 2, 5)),
        ("1-5", (1, 2, 3, 4, 5)),
        ("5-1", (5, 4, 3, 2, 1)),
        ("1-5 (+2)", (1, 3, 5)),
        ("1-10 (+2)", (1, 3, 5, 7, 9)),
        ("1-10(2)", (1, 3, 5, 7, 9)),
        ("10-5 (-3)", (10, 7)),
        ("1-10 [5]", (1, 3, 5, 7, 10)),
        ("1-10 [1]", (1,)),
        ("-3--1", (-3, -2, -1)),
        ("-1", (-1,)),
        ("1-3, 10, 20-40 [3]", (1, 2, 3, 10, 20, 30, 40)),
    ],
)
def test_whole_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert read_whole_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1-3 (+0.5)", (1, 1.5, 2, 2.5, 3)),
        ("0.0-1.0 [6]", (0, 0.2, 0.4, 0.6, 0.8, 1)),
        ("0-1 (+0.1)", (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)),
        (".5, 7.", (0.5, 7)),
        ("1-0 (-.25)", (1, 0.75, 0.5, 0.25, 0)),
    ],
)
def test_numbers(text: str, numbers: tuple[float, ...]) -> None:
    assert read_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("apple, pear", ("apple", "pear")),
        ('"a, b", c', ("a, b", "c")),
        ('"say ""yes"""', ('say "yes"',)),
        ("cat,", ("cat", "")),
    ],
)
def test_texts(text: str, texts: tuple[str, ...]) -> None:
    assert read_texts(text) == texts


@pytest.mark.parametrize(
    ("text", "fault", "part"),
    [
        ("", ValueFault.EMPTY, ""),
        (" , ", ValueFault.EMPTY, ""),
        ("1, two", ValueFault.NO_NUMBER, "two"),
        ("1-5 (+", ValueFault.NO_NUMBER, "1-5 (+"),
        ("1-5 (+0)", ValueFault.STEP_LEADS_AWAY, "1-5 (+0)"),
        ("1-5 (-1)", ValueFault.STEP_LEADS_AWAY, "1-5 (-1)"),
        ("5-1 (+1)", ValueFault.STEP_LEADS_AWAY, "5-1 (+1)"),
        ("1.5", ValueFault.NO_WHOLE_NUMBER, "1.5"),
        ("1-5 (+0.5)", ValueFault.NO_WHOLE_NUMBER, "1-5 (+0.5)"),
        ("1-5 [0]", ValueFault.EMPTY, "1-5 [0]"),
        ("1-9999999999999", ValueFault.TOO_MANY, "1-9999999999999"),
        ("1-2 [99999999999]", ValueFault.TOO_MANY, "1-2 [99999999999]"),
        ("9" * 5000, ValueFault.NO_NUMBER, "9" * 5000),
        ("１", ValueFault.NO_NUMBER, "１"),
    ],
)
def test_what_is_no_list_of_whole_numbers(text: str, fault: ValueFault, part: str) -> None:
    with pytest.raises(ValueListUnreadable) as caught:
        read_whole_numbers(text)

    assert (caught.value.fault, caught.value.part) == (fault, part)


def test_an_open_quote_is_no_text() -> None:
    with pytest.raises(ValueListUnreadable) as caught:
        read_texts('"apple, pear')

    assert caught.value.fault is ValueFault.OPEN_QUOTE


@given(st.lists(WHOLE, min_size=1, max_size=30))
def test_numbers_that_are_listed_come_back(numbers: list[int]) -> None:
    assert read_whole_numbers(", ".join(map(str, numbers))) == tuple(numbers)


@given(WHOLE, st.integers(-500, 500))
def test_a_range_has_both_ends_and_all_between(first: int, further: int) -> None:
    last = first + further
    expected = tuple(range(first, last + 1)) if further >= 0 else tuple(range(first, last - 1, -1))

    assert read_whole_numbers(f"{first}-{last}") == expected


@given(WHOLE, st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_step_begins_at_the_first_number_and_stays_within(first: int, further: int, step: int) -> None:
    if further // step >= MOST_VALUES:
        step = further // MOST_VALUES + 1

    assert read_whole_numbers(f"{first}-{first + further} (+{step})") == tuple(range(first, first + further + 1, step))


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(2, 200))
def test_spread_numbers_are_even_and_have_both_ends(first: int, last: int, count: int) -> None:
    numbers = read_numbers(f"{first}-{last} [{count}]")

    assert (numbers[0], numbers[-1], len(numbers)) == (first, last, count)
    steps = [after - before for before, after in pairwise(numbers)]
    assert max(steps) - min(steps) < 1e-6


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1, max_size=9))
def test_texts_in_quotes_come_back(texts: list[str]) -> None:
    quoted = ", ".join('"' + text.replace('"', '""') + '"' for text in texts)

    assert read_texts(quoted) == tuple(texts)


@given(st.text(st.sampled_from('0123456789.,-+()[] \t\n"ae'), max_size=40))
def test_anything_else_is_refused_and_nothing_breaks(text: str) -> None:
    for read in (read_numbers, read_whole_numbers, read_texts):
        try:
            assert len(read(text)) <= MOST_VALUES
        except ValueListUnreadable:
            continue

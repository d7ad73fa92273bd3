"""Alt+Left and Alt+Right, as a change of the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.prompt_editor.items import move_item


def after(marked: str, *directions: int) -> str:
    """The text after these steps. `|` marks the caret; in the result the moved item is marked."""
    start = end = marked.index("|")
    text = marked.replace("|", "")
    for direction in directions:
        change = move_item(text, end, direction)
        if change is None:
            return "no change"
        text, start, end = change.apply_to(text), change.select_start, change.select_end
    return f"{text[:start]}|{text[start:end]}|{text[end:]}"


@pytest.mark.parametrize(
    ("marked", "direction", "expected"),
    [
        ("a ca|r, red, sun", 1, "red, |a car|, sun"),
        ("a car, red|, sun", -1, "|red|, a car, sun"),
        ("a car,red ,|sun", -1, "a car,|sun| ,red"),
        ("(a, b:1.2), |c", -1, "|c|, (a, b:1.2)"),
        ("(a, |b:1.2), c", 1, "c, |(a, b:1.2)|"),
        ("x, [a, b|:c:0.5]", -1, "|[a, b:c:0.5]|, x"),
        ("x, <lora:a,b:1|>", -1, "|<lora:a,b:1>|, x"),
        ("one, two|\nthree", 1, "one, three\n|two|"),
        ("(open, b|, c", 1, "(open, c, |b|"),
        (r"a \(b, c|", -1, r"|c|, a \(b"),
        ("a,, b|", -1, "|b|,, a"),
    ],
)
def test_one_step(marked: str, direction: int, expected: str) -> None:
    assert after(marked, direction) == expected


@pytest.mark.parametrize(
    ("marked", "direction"), [("a|, b", -1), ("a, b|", 1), ("alone|", 1), ("|", 1), ("a, | ,b", 1)]
)
def test_at_the_end_of_the_row_nothing_happens(marked: str, direction: int) -> None:
    assert after(marked, direction) == "no change"


def test_there_and_back() -> None:
    assert after("a, b|, c, d", 1, 1, -1, -1) == "a, |b|, c, d"


@given(st.text(alphabet="ab ,()[]<:>\n\\", max_size=40), st.data())
def test_no_character_is_lost(text: str, data: st.DataObject) -> None:
    change = move_item(text, data.draw(st.integers(0, len(text))), data.draw(st.sampled_from((1, -1))))
    if change is not None:
        assert sorted(change.apply_to(text)) == sorted(text)

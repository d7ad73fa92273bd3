"""Ctrl+Up and Ctrl+Down, as a change of the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.prompt_editor.weights import change_weight


def after(marked: str, *directions: int) -> str:
    """The text after these steps. `|` marks the caret, two of them the selection; the result is marked alike."""
    start, end = marked.index("|"), marked.rindex("|")
    text = marked.replace("|", "")
    end = max(start, end - 1) if marked.count("|") == 2 else start
    for direction in directions:
        change = change_weight(text, start, end, direction)
        if change is None:
            return "no change"
        text, start, end = change.apply_to(text), change.select_start, change.select_end
    return f"{text[:start]}|{text[start:end]}|{text[end:]}"


@pytest.mark.parametrize(
    ("marked", "direction", "expected"),
    [
        ("a r|ed apple", 1, "a (|red|:1.1) apple"),
        ("a red| apple", -1, "a (|red|:0.9) apple"),
        ("|blue-green sky", 1, "(|blue-green|:1.1) sky"),
        ("a |red apple|, sun", 1, "a (|red apple|:1.1), sun"),
        ("a| red apple |, sun", 1, "a (|red apple|:1.1) , sun"),
        ("a (red ap|ple:1.1)", 1, "a (|red apple|:1.2)"),
        ("a (|red apple|:1.1)", -1, "a |red apple|"),
        ("a |(red apple:1.3)|", -1, "a (|red apple|:1.2)"),
        ("(red apple:|0.35)", 1, "(|red apple|:0.45)"),
        ("(a |wise| owl)", 1, "(a (|wise|:1.1) owl)"),
        ("((x|))", 1, "((|x|:1.2))"),
        ("(x|)", -1, "|x|"),
        ("(a (b|:1.2):1.5)", 1, "(a (|b|:1.3):1.5)"),
        (r"\(pl|ain\)", 1, r"\((|plain|:1.1)\)"),
        ("(not closed re|d", 1, "(not closed (|red|:1.1)"),
        ("[cold|]", 1, "[(|cold|:1.1)]"),
        ("<lora:det|ail:0.8>", 1, "<lora:detail:|0.85|>"),
        ("<lora:detail:0.8|>", -1, "<lora:detail:|0.75|>"),
        ("<lora:det|ail>", -1, "<lora:detail:|0.95|>"),
        ("<lora:detail|:0.8:0.5>", 1, "<lora:detail:|0.85|:0.5>"),
        ("|<lora:a:1>|", 1, "<lora:a:|1.05|>"),
        ("пан|да", 1, "(|панда|:1.1)"),
        ("🐼 pan|da", 1, "🐼 (|panda|:1.1)"),
    ],
)
def test_one_step(marked: str, direction: int, expected: str) -> None:
    assert after(marked, direction) == expected


@pytest.mark.parametrize("marked", ["|", "a ,| b", "  |  ", "(x:0|)", "(x|:10)", "<lora:a:10|>"])
def test_where_there_is_nothing_to_weigh_or_a_limit_nothing_happens(marked: str) -> None:
    direction = -1 if ":0" in marked else 1
    assert after(marked, direction) == "no change"


def test_steps_add_up_without_rounding_errors() -> None:
    assert after("re|d", *[1] * 12) == "(|red|:2.2)"
    assert after("re|d", *[-1] * 9) == "(|red|:0.1)"


def test_up_and_down_again_leaves_the_text_as_it_was() -> None:
    assert after("a re|d apple", 1, 1, -1, -1) == "a |red| apple"
    assert after("a |red apple|", -1, 1) == "a |red apple|"


@given(st.text(alphabet="ab (:)[]<>lora1.\\,", max_size=40), st.data())
def test_any_text_can_be_weighed(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    change = change_weight(text, start, end, data.draw(st.sampled_from((1, -1))))
    if change is not None:
        changed = change.apply_to(text)
        assert 0 <= change.select_start <= change.select_end <= len(changed)
        assert changed != text

"""What counts at which step: A1111's own documented examples, and the cases beside them."""

from __future__ import annotations

import pytest

from studio.prompts.language import read_prompt
from studio.prompts.scheduling import WeightedText, is_plain, plain_text, schedule


def words(text: str, steps: int = 10) -> list[list]:
    """As A1111 writes schedules: up to which step (from 1, inclusive) which words count; weights are left out."""
    (alternative,) = read_prompt(text).alternatives
    entries = schedule(alternative, steps)
    ends = [start for start, _ in entries[1:]] + [steps]
    return [
        [end, "".join(piece.text for chunk in chunks for piece in chunk)]
        for end, (_, chunks) in zip(ends, entries, strict=True)
    ]


def weights(text: str, steps: int = 10) -> list[tuple[str, float]]:
    (alternative,) = read_prompt(text).alternatives
    ((_, (chunk,)),) = schedule(alternative, steps)
    return [(piece.text, piece.weight) for piece in chunk]


A1111_SCHEDULES = {
    "test": [[10, "test"]],
    "a [b:3]": [[3, "a "], [10, "a b"]],
    "a [b: 3]": [[3, "a "], [10, "a b"]],
    "a [[[b]]:2]": [[2, "a "], [10, "a b"]],
    "[(a:2):3]": [[3, ""], [10, "a"]],
    "a [b : c : 1] d": [[1, "a b  d"], [10, "a  c  d"]],
    "a[b:[c:d:2]:1]e": [[1, "abe"], [2, "ace"], [10, "ade"]],
    "a [unbalanced": [[10, "a [unbalanced"]],
    "a [b:.5] c": [[5, "a  c"], [10, "a b c"]],
    "a [{b|d{:.5] c": [[5, "a  c"], [10, "a {b|d{ c"]],
    "((a][:b:c [d:3]": [[3, "((a][:b:c "], [10, "((a][:b:c d"]],
    "[a|(b:1.1)]": [[step, "ab"[(step - 1) % 2]] for step in range(1, 11)],
    "[fe|]male": [[step, ("female", "male")[(step - 1) % 2]] for step in range(1, 11)],
    "[fe|||]male": [[1, "female"], [4, "male"], [5, "female"], [8, "male"], [9, "female"], [10, "male"]],
}
"""Of `modules/prompt_parser.py`; brackets that only weigh are left out here, and equal neighbours are one."""


@pytest.mark.parametrize("text", A1111_SCHEDULES)
def test_a1111s_documented_schedules(text):
    assert words(text) == A1111_SCHEDULES[text]


def test_a1111s_documented_landscape():
    text = (
        "fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75]"
        "[ in foreground::0.6][: in background:0.25] [shoddy:masterful:0.5]"
    )
    assert words(text, 100) == [
        [25, "fantasy landscape with a mountain and an oak in foreground shoddy"],
        [50, "fantasy landscape with a lake and an oak in foreground in background shoddy"],
        [60, "fantasy landscape with a lake and an oak in foreground in background masterful"],
        [75, "fantasy landscape with a lake and an oak in background masterful"],
        [100, "fantasy landscape with a lake and a christmas tree in background masterful"],
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a:b:0]", [[10, "b"]]),
        ("[a:b:-1]", [[10, "b"]]),
        ("[a:b:99]", [[10, "a"]]),
        ("[a:b:1.0]", [[10, "a"]]),
        ("[a:b:0.01]", [[10, "b"]]),
        ("(x [a:b:0.5]:1.2)", [[5, "x a"], [10, "x b"]]),
        (
            "[a|[b:c:5]]",
            [[1, "a"], [2, "b"], [3, "a"], [4, "b"], [5, "a"], [6, "c"], [7, "a"], [8, "c"], [9, "a"], [10, "c"]],
        ),
    ],
)
def test_edges_of_schedules(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("normal text", [("normal text", 1.0)]),
        ("an (important) word", [("an ", 1.0), ("important", 1.1), (" word", 1.0)]),
        (r"\(literal\]", [("(literal]", 1.0)]),
        ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
        (
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky)))).",
            [
                *[("a ", 1), ("house", 1.573), (" ", 1.1), ("on", 1), (" a ", 1.1), ("hill", 0.55), (", sun, ", 1.1)],
                *[("sky", 1.4641), (".", 1.0)],
            ],
        ),
    ],
)
def test_a1111s_documented_weights(text, expected):
    """The last one is closed here: what A1111 never finds closed it weighs to the end, and we take it literally."""
    found = weights(text)
    assert [piece for piece, _ in found] == [piece for piece, _ in expected]
    assert [weight for _, weight in found] == pytest.approx([weight for _, weight in expected])


def test_weights_have_a_limit():
    assert weights("(a:50) (b:-50)") == [("a", 10.0), (" ", 1.0), ("b", -10.0)]
    assert weights("(" * 60 + "a" + ")" * 60) == [("a", 10.0)]


def test_breaks_part_chunks_and_keep_the_weight():
    (alternative,) = read_prompt("a BREAK (b BREAK c:2)").alternatives
    assert schedule(alternative, 10) == (
        (0, ((WeightedText("a"),), (WeightedText("b", 2.0),), (WeightedText("c", 2.0),))),
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a  cat", "a  cat"),
        ("a (red:1.3) [cat]", "a red cat"),
        ("a [cat:dog:0.5] [x|y]", "a dog x"),
        ("a BREAK b", "a b"),
        ("a :0.5 AND b", "a b"),
        ("a<lora:x:1>", "a"),
        ("{a|b} __c__ (d", "{a|b} __c__ (d"),
    ],
)
def test_plain_text(text, plain):
    assert plain_text(read_prompt(text)) == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a cat, \\(x\\) <lora:a>", True), ("(a)", False), ("[a:3]", False), ("a BREAK b", False), ("a AND b", False)],
)
def test_is_plain(text, expected):
    assert is_plain(read_prompt(text)) is expected

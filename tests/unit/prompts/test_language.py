"""The prompt language: what is read, what is literal, and that reading never fails."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.addon_names import LoraTag
from studio.prompts.language import read_prompt
from studio.prompts.printing import print_prompt
from studio.prompts.syntax import (
    STRONGER,
    WEAKER,
    Alternation,
    Alternative,
    Break,
    Choice,
    Edit,
    Fault,
    FaultReason,
    Span,
    SpanKind,
    Text,
    Weighted,
    Wildcard,
)
from tests.helpers.growth import grows_with_length_alone

SYNTAX = ("(", ")", "[", "]", "{", "}", ":", "|", "\\", "#", "\n", "_", "__", " ", "AND", "BREAK", " AND ", " BREAK ")
SYNTAX += ("<lora:", "<lora:a:0.5>", "<lora:a b:1:.5>", ">", "<", "0.5", ":1.2)", ":3]", ":.5]", "1.1", "a", "b_c", "é")
prompts = st.lists(st.sampled_from(SYNTAX) | st.text(max_size=3), max_size=60).map("".join)


def content_of(text: str):
    (alternative,) = read_prompt(text).alternatives
    return alternative.content


def texts(*words: str) -> tuple[Text, ...]:
    return tuple(map(Text, words))


A, B = texts("a"), texts("b")


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("", ()),
        ("a cat", texts("a cat")),
        ("(a)", (Weighted(A, STRONGER),)),
        ("((a))", (Weighted((Weighted(A, STRONGER),), STRONGER),)),
        ("[a]", (Weighted(A, WEAKER),)),
        ("(a:1.3)", (Weighted(A, 1.3),)),
        ("(a: .5 )", (Weighted(A, 0.5),)),
        ("(a:-1)", (Weighted(A, -1.0),)),
        ("(a:b:1.3)", (Weighted(texts("a:b"), 1.3),)),
        ("(a:b)", (Weighted(texts("a:b"), STRONGER),)),
        ("(a|b)", (Weighted(texts("a|b"), STRONGER),)),
        (r"\(a\) \[b\] \\", texts("(a) [b] \\")),
        (r"\o/ ^\_^ 16\:9", texts(r"\o/ ^_^ 16:9")),
        ("[a:b:0.5]", (Edit(A, B, 0.5),)),
        ("[a:b:10]", (Edit(A, B, 10),)),
        ("[b:10]", (Edit((), B, 10),)),
        ("[a::10]", (Edit(A, (), 10),)),
        ("[a:b]", (Weighted(texts("a:b"), WEAKER),)),
        ("[a:b:c:3]", (Weighted(texts("a:b:c:3"), WEAKER),)),
        ("[a|b|]", (Alternation((A, B, ())),)),
        ("[a|(b:1.1)]", (Alternation((A, (Weighted(B, STRONGER),))),)),
        ("[{a|b}|b]", (Alternation(((Choice("{a|b}"),), B)),)),
        ("a BREAK b", (Text("a"), Break(), Text("b"))),
        ("(a BREAK b:2)", (Weighted((Text("a"), Break(), Text("b")), 2.0),)),
        ("BREAKfast AND_", texts("BREAKfast AND_")),
        ("a # (b\nb", texts("a \nb")),
        ("a <lora:x y:0.8>", (Text("a "), LoraTag("x y", 0.8, 0.8))),
        ("<lora:x>", (LoraTag("x", 1.0, 1.0),)),
        ("<lora:x:0.8:0>", (LoraTag("x", 0.8, 0.0),)),
        ("<3 <b>", texts("<3 <b>")),
        ("{a|(b)} __a/b c__", (Choice("{a|(b)}"), Text(" "), Wildcard("a/b c"))),
        ("16:9", texts("16:9")),
    ],
)
def test_what_is_read(text, content):
    assert content_of(text) == content
    assert read_prompt(text).faults == ()


@pytest.mark.parametrize(
    ("text", "literal", "faults"),
    [
        ("(a", "(a", [Fault(0, 1, FaultReason.UNCLOSED)]),
        ("a]", "a]", [Fault(1, 2, FaultReason.UNOPENED)]),
        ("a (b [c", "a (b [c", [Fault(2, 3, FaultReason.UNCLOSED), Fault(5, 6, FaultReason.UNCLOSED)]),
        (":) :-( ^", ":) :-( ^", [Fault(1, 2, FaultReason.UNOPENED), Fault(5, 6, FaultReason.UNCLOSED)]),
        ("<lora:a:b>", "<lora:a:b>", [Fault(0, 10, FaultReason.LORA_UNREADABLE)]),
        ("<lora:>", "<lora:>", [Fault(0, 7, FaultReason.LORA_UNREADABLE)]),
    ],
)
def test_what_is_taken_literally_is_marked_where_it_begins(text, literal, faults):
    parsed = read_prompt(text)
    assert parsed.alternatives == (Alternative((Text(literal),)),)
    assert list(parsed.faults) == faults


def test_a_bracket_that_closes_takes_the_nearest_of_its_kind():
    parsed = read_prompt("(a [b) c")
    assert parsed.alternatives[0].content == (Weighted(texts("a [b"), STRONGER), Text(" c"))
    assert parsed.faults == (Fault(3, 4, FaultReason.UNCLOSED),)


def test_brackets_too_deep_are_literal():
    parsed = read_prompt("(" * 100 + "a" + ")" * 100)
    assert [fault.reason for fault in parsed.faults] == [FaultReason.TOO_DEEP] * 36
    node = parsed.alternatives[0].content[0]
    depth = 0
    while isinstance(node, Weighted):
        node, depth = node.content[0], depth + 1
    assert (node, depth) == (Text("(" * 36 + "a" + ")" * 36), 64)


def test_alternatives_have_weights():
    assert read_prompt("a cat :0.7 AND a dog AND it is 16:9").alternatives == (
        Alternative(texts("a cat"), 0.7),
        Alternative(texts("a dog"), 1.0),
        Alternative(texts("it is 16"), 9.0),
    )


def test_and_inside_of_brackets_divides_nothing():
    parsed = read_prompt("(a AND b)")
    assert parsed.alternatives == (Alternative((Weighted(texts("a AND b"), STRONGER),)),)
    assert parsed.faults == (Fault(3, 6, FaultReason.AND_INSIDE),)


def test_loras_are_found_wherever_they_stand():
    parsed = read_prompt("(a <lora:x:0.5>) [b:<lora:y>:3] AND [a|<lora:z:1:0.2>]")
    assert parsed.loras == (LoraTag("x", 0.5, 0.5), LoraTag("y", 1.0, 1.0), LoraTag("z", 1.0, 0.2))


def test_embeddings_are_whole_words_of_any_case():
    parsed = read_prompt(
        "(EasyNegative:1.2), easynegatives, bad-hands-5. easynegative", ["easynegative", "bad-hands-5"]
    )
    assert parsed.embeddings == ("easynegative", "bad-hands-5")
    assert [span for span in parsed.spans if span.kind is SpanKind.EMBEDDING] == [
        Span(1, 13, SpanKind.EMBEDDING),
        Span(35, 46, SpanKind.EMBEDDING),
        Span(48, 60, SpanKind.EMBEDDING),
    ]


def test_spans_say_what_stands_where():
    text = r"(a:1.2) [b] [c:d:3] [e|f] \( BREAK <lora:g> {h|i} __j__ :2 AND k # l"
    assert [(text[start:end], kind) for start, end, kind in read_prompt(text).spans] == [
        ("(a:1.2)", SpanKind.EMPHASIS),
        (":1.2", SpanKind.WEIGHT),
        ("[b]", SpanKind.DEEMPHASIS),
        ("[c:d:3]", SpanKind.EDIT),
        ("[e|f]", SpanKind.ALTERNATION),
        (r"\(", SpanKind.ESCAPE),
        ("BREAK", SpanKind.BREAK),
        ("<lora:g>", SpanKind.LORA),
        ("{h|i}", SpanKind.CHOICE),
        ("__j__", SpanKind.WILDCARD),
        (":2 ", SpanKind.WEIGHT),
        ("AND", SpanKind.AND),
        ("# l", SpanKind.COMMENT),
    ]


@given(prompts)
def test_reading_what_is_printed_gives_the_same(text):
    parsed = read_prompt(text)
    again = read_prompt(print_prompt(parsed))
    assert again.alternatives == parsed.alternatives
    assert again.loras == parsed.loras


@given(prompts)
def test_spans_and_faults_lie_in_the_text_and_nest(text):
    parsed = read_prompt(text, ["a"])
    for start, end, _ in (*parsed.spans, *parsed.faults):
        assert 0 <= start < end <= len(text)
    ends = [len(text)]
    for start, end, _ in parsed.spans:
        while start >= ends[-1] and len(ends) > 1:
            ends.pop()
        assert end <= ends[-1]
        ends.append(end)


@given(st.text())
def test_any_text_can_be_read(text):
    assert read_prompt(text).alternatives


PROMPT = (
    "masterpiece, best quality, (a red apple:1.2) on a [table:desk:0.5], ((soft light)), [cat|dog], <lora:x:0.8> BREAK "
)


@pytest.mark.parametrize(
    "unit", [PROMPT, "(", ")", "()", "([{", "([)]", "[a|", "[a:b:1]", ":", "\\(", " AND", " BREAK", "__", "<lora:", " "]
)
def test_the_time_grows_with_the_length_alone(unit):
    assert grows_with_length_alone(lambda length: partial(read_prompt, (unit * length)[:length]), 80_000)

"""Tags for LoRAs, written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.addon_names import LoraTag
from studio.prompts.language import read_prompt
from studio.prompts.lora_tags import with_lora_tags, with_lora_weight
from studio.prompts.scheduling import plain_text

weights = st.floats(-10, 10)
names = st.text(st.characters(exclude_characters=":<>\n", exclude_categories=["Cs"]), min_size=1, max_size=20).map(
    str.strip
)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("<lora:ink>", LoraTag("ink", 1, 1)),
        ("<lora:ink:0.8>", LoraTag("ink", 0.8, 0.8)),
        ("<lora:ink:-.5:0.2>", LoraTag("ink", -0.5, 0.2)),
        ("<lora:styles/ink v2.1:1:te=0>", LoraTag("styles/ink v2.1", 1, 0)),
    ],
)
def test_a_tag_has_a_name_and_up_to_two_weights(text: str, tag: LoraTag) -> None:
    assert read_prompt(f"a cat {text}, on a mat").loras == (tag,)


@pytest.mark.parametrize(
    "text", ["<lora:>", "<lora:ink:high>", "<lora:ink:1:2:3>", "<lora:ink", "lora:ink", "<hypernet:a:1>"]
)
def test_what_is_no_tag_is_text(text: str) -> None:
    assert read_prompt(text).loras == ()
    assert plain_text(read_prompt(text)) == text


def test_the_text_encoder_reads_what_is_left() -> None:
    assert plain_text(read_prompt("a <lora:ink:0.8> cat <lora:oil>")) == "a cat"
    assert plain_text(read_prompt("a cat  with two blanks")) == "a cat  with two blanks"
    assert plain_text(read_prompt(r"a \<lora:ink> cat")) == "a <lora:ink> cat"


@given(names.filter(bool), weights.map(lambda weight: round(weight, 12)), weights.map(lambda weight: round(weight, 3)))
def test_a_written_tag_is_read_as_it_was(name: str, weight: float, text_encoder_weight: float) -> None:
    tag = LoraTag(name, weight, text_encoder_weight)
    assert read_prompt(str(tag)).loras == (tag,)


def test_tags_are_added_where_they_are_missing() -> None:
    tags = [LoraTag("ink", 0.8, 0.8), LoraTag("oil", 1, 0.5)]
    assert with_lora_tags("a cat", tags) == "a cat <lora:ink:0.8> <lora:oil:1:0.5>"
    assert with_lora_tags("<lora:INK:0.3> a cat", tags) == "<lora:INK:0.3> a cat <lora:oil:1:0.5>"
    assert with_lora_tags("a cat ", []) == "a cat "
    assert with_lora_tags("", tags[:1]) == "<lora:ink:0.8>"


@pytest.mark.parametrize("text", ["a cat # <lora:ink>", r"a cat \<lora:ink>", "# a cat", "a {<lora:ink>|cat}"])
def test_a_tag_that_is_none_is_missing_and_what_is_added_counts(text: str) -> None:
    tag = LoraTag("ink", 0.8, 0.8)
    assert read_prompt(with_lora_tags(text, [tag])).loras == (tag,)


@pytest.mark.parametrize(
    ("text", "name", "changed"),
    [
        ("<lora:ink:0.8> <lora:oil:1:0.5>", None, "<lora:ink:0.3> <lora:oil:0.3>"),
        ("(a <lora:INK> cat:1.2) <lora:oil>", "ink", "(a <lora:INK:0.3> cat:1.2) <lora:oil>"),
        ("{<lora:ink:1>|cat}", "ink", "{<lora:ink:0.3>|cat}"),
        (r"a cat # <lora:ink>", "ink", r"a cat # <lora:ink>"),
        (r"\<lora:ink> <lora:ink:high>", "ink", r"\<lora:ink> <lora:ink:high>"),
    ],
)
def test_weights_are_changed_in_what_is_read_as_a_tag(text: str, name: str | None, changed: str) -> None:
    assert with_lora_weight(text, name, 0.3) == changed


def test_a_prompt_full_of_brackets_costs_no_time() -> None:
    assert read_prompt("<lora:" * 100_000).loras == ()

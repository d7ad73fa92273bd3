"""How prompts name add-ons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.addon_names import LoraTag, embedding_pattern, lora_tags, with_lora_tags, without_lora_tags

weights = st.floats(-10, 10).map(lambda weight: round(weight, 3))
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
    assert lora_tags(f"a cat {text}, on a mat") == (tag,)


@pytest.mark.parametrize(
    "text", ["<lora:>", "<lora:ink:high>", "<lora:ink:1:2:3>", "<lora:ink", "lora:ink", "<hypernet:a:1>"]
)
def test_what_is_no_tag_is_text(text: str) -> None:
    assert lora_tags(text) == ()
    assert without_lora_tags(text) == text


@given(names.filter(bool), weights, weights)
def test_a_written_tag_is_read_as_it_was(name: str, weight: float, text_encoder_weight: float) -> None:
    tag = LoraTag(name, weight, text_encoder_weight)
    assert lora_tags(str(tag)) == (tag,)


def test_the_text_encoder_reads_what_is_left() -> None:
    assert without_lora_tags("a <lora:ink:0.8> cat <lora:oil>") == "a cat"
    assert without_lora_tags("a cat  (two blanks)") == "a cat  (two blanks)"


def test_tags_are_added_where_they_are_missing() -> None:
    tags = [LoraTag("ink", 0.8, 0.8), LoraTag("oil", 1, 0.5)]
    assert with_lora_tags("a cat", tags) == "a cat <lora:ink:0.8> <lora:oil:1:0.5>"
    assert with_lora_tags("<lora:INK:0.3> a cat", tags) == "<lora:INK:0.3> a cat <lora:oil:1:0.5>"
    assert with_lora_tags("a cat ", []) == "a cat "
    assert with_lora_tags("", tags[:1]) == "<lora:ink:0.8>"


@pytest.mark.parametrize("text", ["bad-hands-5", "ugly, Bad-Hands-5", "(bad-hands-5:1.2)", "embedding:bad-hands-5."])
def test_an_embedding_is_named_by_words_of_their_own(text: str) -> None:
    assert embedding_pattern("bad-hands-5").search(text)
    assert embedding_pattern("negative/bad-hands-5").search(text)


@pytest.mark.parametrize("text", ["bad-hands-55", "xbad-hands-5", "bad-hands-5-v2", "other/bad-hands-5", "bad hands"])
def test_a_part_of_a_word_is_no_name(text: str) -> None:
    assert not embedding_pattern("bad-hands-5").search(text)


def test_a_prompt_full_of_brackets_costs_no_time() -> None:
    assert lora_tags("<lora:" * 100_000) == ()

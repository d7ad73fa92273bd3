"""How prompts name add-ons."""

from __future__ import annotations

import pytest

from studio.core.addon_names import embedding_pattern


@pytest.mark.parametrize("text", ["bad-hands-5", "ugly, Bad-Hands-5", "(bad-hands-5:1.2)", "embedding:bad-hands-5."])
def test_an_embedding_is_named_by_words_of_their_own(text: str) -> None:
    assert embedding_pattern("bad-hands-5").search(text)
    assert embedding_pattern("negative/bad-hands-5").search(text)


@pytest.mark.parametrize("text", ["bad-hands-55", "xbad-hands-5", "bad-hands-5-v2", "other/bad-hands-5", "bad hands"])
def test_a_part_of_a_word_is_no_name(text: str) -> None:
    assert not embedding_pattern("bad-hands-5").search(text)

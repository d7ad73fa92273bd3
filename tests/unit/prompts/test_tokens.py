"""Tokens are counted as the text encoder's own tokenizer counts them, and in the typed text."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.geometry import Size
from studio.core.resources import resource_path
from studio.core.scheduler import SchedulerName
from studio.prompts.chunking import split_at_window
from studio.prompts.tokens import TokenCount, count_tokens

STARTER = Checkpoint(
    "Starter",
    resource_path("starter"),
    ModelFamily.STABLE_DIFFUSION,
    RecommendedSampling(Size(128, 128), 20, 5.0, SchedulerName.DPMPP_2M),
)
"""Its window has 30 tokens."""


@pytest.fixture(scope="module")
def old_model(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """With the two files that tokenizers had before there was `tokenizer.json`."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "tokenizer").mkdir()
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(STARTER.path / "tokenizer" / name, folder / "tokenizer" / name)
    return replace(STARTER, path=folder)


def total(text: str, checkpoint: Checkpoint = STARTER) -> int:
    count = count_tokens(checkpoint, text)
    assert count is not None
    return count.total


@pytest.mark.parametrize(
    ("text", "as_plain"),
    [
        ("(a red:1.3) [apple]", "a red apple"),
        (r"a \(red\) apple", "a , red , apple"),
        ("a <lora:detail:0.8> apple # and so on", "a apple"),
        ("a [red:dark blue:0.5] apple", "a dark blue apple"),
        ("a [red|dark [blue:(green):3]|x] apple", "a dark green apple"),
        ("[dark red::3] apple", "dark red apple"),
        ("a red apple :0.3 AND a car", "a red apple"),
        ("(unclosed 16:9", "(unclosed 16:9"),
    ],
)
def test_only_what_is_read_counts(text, as_plain):
    assert total(text) == total(as_plain)


@pytest.mark.parametrize(
    "text", ["", "a red apple", "It's 1234 %$ Ärger, don't!?", "  many   spaces\n", "日本 🍎 apple"]
)
def test_older_tokenizers_count_alike(text, old_model):
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(STARTER.path / "tokenizer")
    expected = len(tokenizer(text, add_special_tokens=False)["input_ids"])
    assert total(text, old_model) == total(text) == expected


def test_the_window_of_a_model_that_does_not_say_is_75(old_model):
    assert count_tokens(old_model, "an apple") == TokenCount(total("an apple"), 75, ())


def test_a_single_file_has_the_tokenizer_of_clip(tmp_path: Path):
    file = tmp_path / "model.safetensors"
    file.touch()
    assert count_tokens(replace(STARTER, path=file), "a (photograph:1.2) of an astronaut") == TokenCount(5, 75, ())


def test_borders_are_places_in_the_typed_text():
    text = "(apple:1.2) " * 30 + "blue car, " + "red " * 30
    count = count_tokens(STARTER, text)
    assert count is not None
    assert [text[border:].split(maxsplit=1)[0] for border in count.borders] == ["blue", "red"]
    assert count.total == 30 + 30 + (total(text[count.borders[1] :]))


def test_a_break_begins_a_chunk():
    text = "an apple BREAK a car"
    assert count_tokens(STARTER, text) == TokenCount(30 + total("a car"), 30, (text.index("a car"),))


def test_models_that_read_another_way_are_not_counted(tmp_path: Path):
    assert count_tokens(replace(STARTER, family=ModelFamily.FLUX), "a") is None
    assert count_tokens(replace(STARTER, path=tmp_path), "a") is None


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("", [""]),
        ("aaa", ["aaa"]),
        ("a" * 30, ["a" * 30]),
        ("a" * 31, ["a" * 30, "a"]),
        ("a" * 20 + "," + "a" * 10, ["a" * 20 + ",", "a" * 10]),
        ("a" * 10 + "," + "a" * 20, ["a" * 10 + ",", "a" * 20]),
        ("a" * 9 + "," + "a" * 21, ["a" * 9 + "," + "a" * 20, "a"]),
        ("a" * 29 + "," + "a", ["a" * 29 + ",", "a"]),
        ("a" * 20 + "," + "a" * 9 + ",a", ["a" * 20 + "," + "a" * 9, ",a"]),
    ],
)
def test_chunks_end_behind_a_comma_if_one_is_near(text, chunks):
    """A comma itself never sends what is before it into the next chunk: so does A1111."""
    assert split_at_window(text, 30, lambda character: character == ",") == chunks

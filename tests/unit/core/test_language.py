"""Texts in the spoken language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.core.language import ENGLISH, LANGUAGES, best_language, speak, spoken_language, tr, trn


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(ENGLISH)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["de-AT", "en"], "de"),
        (["de_CH.UTF-8"], "de"),
        (["pt-BR", "fr-CA", "de"], "fr"),
        (["zh-Hans-CN"], "zh_CN"),
        (["zh-CN"], "zh_CN"),
        (["zh-SG"], "zh_CN"),
        (["zh-Hant-TW", "ja-JP"], "ja"),
        (["zh-TW"], "en"),
        (["C"], "en"),
        ([], "en"),
    ],
)
def test_the_first_wanted_language_that_there_is(wanted: list[str], found: str) -> None:
    assert best_language(wanted) == found


def test_a_text_without_a_translation_is_english() -> None:
    speak("de")

    assert tr("No catalogue has this.") == "No catalogue has this."
    assert tr("{n} of these", n=3) == "3 of these"
    assert trn("{n} such thing", "{n} such things", 1) == "1 such thing"
    assert trn("{n} such thing", "{n:,} such things", 1234) == "1,234 such things"


def test_braces_are_left_alone_without_values() -> None:
    assert tr("{prompt} is where it goes") == "{prompt} is where it goes"


def test_nothing_is_nothing_in_every_language() -> None:
    """gettext keeps its notes under the empty text."""
    speak("de")

    assert tr("") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_can_be_spoken(language: str) -> None:
    speak(language)

    assert spoken_language() == language


def test_a_catalogue_that_is_missing_is_told() -> None:
    with pytest.raises(FileNotFoundError, match=r"xx\.mo"):
        speak("xx")
    assert spoken_language() == ENGLISH

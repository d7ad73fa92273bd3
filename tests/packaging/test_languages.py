"""The catalogues of the languages: nothing is missing in them, and nothing in their texts can break."""

from __future__ import annotations

import ast
import re
import string
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from studio.core.language import ENGLISH, LANGUAGES

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in LANGUAGES if language != ENGLISH]


@pytest.fixture(scope="module", autouse=True)
def packaging_on_the_path() -> Iterator[None]:
    sys.path.insert(0, str(ROOT / "packaging"))
    yield
    sys.path.remove(str(ROOT / "packaging"))
    sys.modules.pop("languages", None)


def catalogue(language: str) -> Catalog:
    import languages

    return languages.read(languages.SOURCES / f"{language}.po")


def forms(text: str | Sequence[str]) -> tuple[str, ...]:
    """Singular first."""
    return (text,) if isinstance(text, str) else tuple(text)


def texts_in(language: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """English and translated, in as many forms as each has."""
    read = catalogue(language)
    return ((forms(each.id), forms(each.string)[: read.num_plurals]) for each in read if each.id)


def fields(text: str) -> set[str]:
    """What stands in braces, with its format."""
    return {f"{name}!{kind}:{form}" for _, name, form, kind in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_program_is_translated(language: str) -> None:
    import languages

    wanted = {forms(message.id)[0] for message in languages.texts() if message.id}
    done = {english[0] for english, translated in texts_in(language) if all(translated)}
    fuzzy = {message.id for message in catalogue(language) if message.fuzzy and message.id}

    assert wanted - done == set()
    assert done - wanted == set()
    assert fuzzy == set()


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_filled_in_is_the_same(language: str) -> None:
    changed = [
        (english, each)
        for english, translated in texts_in(language)
        for each in translated
        if "{" in english[-1] and fields(each) not in [fields(form) for form in english]
    ]

    assert changed == []


@pytest.mark.parametrize("language", OTHERS)
def test_file_kinds_and_access_letters_are_kept(language: str) -> None:
    for english, translated in texts_in(language):
        assert re.findall(r"\*\.\w+", english[0]) == re.findall(r"\*\.\w+", translated[0])
        if english[0].startswith("&"):
            assert re.search(r"&\w", translated[0]), translated[0]


@pytest.mark.parametrize("language", OTHERS)
def test_the_program_reads_what_was_translated(language: str) -> None:
    """`python packaging/languages.py` compiles."""
    import languages

    assert (languages.COMPILED / f"{language}.mo").read_bytes() == languages.compiled(catalogue(language))


def test_no_text_is_looked_up_that_cannot_be_gathered() -> None:
    """Inside of an f-string, or put together before it is looked up."""
    import languages

    gathered = {text for message in languages.texts() for text in forms(message.id)}
    lost = [
        (str(file.relative_to(ROOT)), call.lineno)
        for file in (ROOT / "studio").rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"tr", "trn"}
        and not _is_gathered(call.args[0], gathered)
    ]

    assert lost == []


def _is_gathered(text: ast.expr, gathered: set[str]) -> bool:
    if isinstance(text, ast.Attribute):
        return text.attr in {"good_at", "allows"}  # sentences of models.json
    return isinstance(text, ast.Constant) and text.value in gathered

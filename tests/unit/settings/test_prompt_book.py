"""The prompt book: how it changes, and how it survives on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.core.errors import FolderUnwritable
from studio.core.request import Prompt
from studio.settings.notices import SettingsSetAside
from studio.settings.prompt_book import STARTING_STYLES, PromptBook, PromptStyle
from studio.settings.prompt_book_store import PromptBookStore

INK = PromptStyle("Ink", "ink drawing of {prompt}", "colour")
NIGHT = PromptStyle("Night", "at night")
BOOK = PromptBook((Prompt("a cat 🐼", "dogs"), Prompt("b\nc")), (INK, NIGHT), ("Night", "Ink"))


@pytest.fixture
def store(tmp_path: Path) -> PromptBookStore:
    return PromptBookStore(tmp_path / "prompts.json")


# --- values ---


def test_the_newest_prompt_comes_first_and_each_only_once() -> None:
    book = PromptBook()
    for text in ("a", "b", "a"):
        book = book.remembering(Prompt(text))
    assert book.history == (Prompt("a"), Prompt("b"))
    assert book.remembering(Prompt("a", "without")).history[:2] == (Prompt("a", "without"), Prompt("a"))


def test_an_empty_prompt_is_not_remembered() -> None:
    assert PromptBook().remembering(Prompt()) == PromptBook()


def test_the_oldest_are_forgotten_beyond_the_limit() -> None:
    book = PromptBook()
    for number in range(PromptBook.LONGEST_HISTORY + 5):
        book = book.remembering(Prompt(str(number)))
    assert len(book.history) == PromptBook.LONGEST_HISTORY
    assert Prompt("4") not in book.history
    assert Prompt("5") in book.history


def test_a_prompt_can_be_forgotten() -> None:
    assert BOOK.forgetting(Prompt("b\nc")).history == BOOK.history[:1]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (INK, ("ink drawing of a cat", "colour")),
        (NIGHT, ("a cat, at night", "")),
        (PromptStyle("both", "{prompt} and {prompt}", "no {prompt}"), ("a cat and a cat", "no ")),
        (PromptStyle("empty", "", ""), ("a cat", "")),
    ],
)
def test_a_style_goes_around_the_prompt_or_behind_it(style: PromptStyle, expected: tuple[str, str]) -> None:
    book = PromptBook(styles=(style,), applied=(style.name,))
    assert book.styled("a cat", "") == expected


def test_a_prompt_that_says_prompt_in_braces_is_not_replaced_twice() -> None:
    book = PromptBook(styles=(INK,), applied=("Ink",))
    assert book.styled("a sign saying {prompt}", "")[0] == "ink drawing of a sign saying {prompt}"


def test_it_is_known_where_the_typed_text_begins_in_the_styled_one() -> None:
    assert BOOK.starts_of_typed == (len("ink drawing of "), 0)


def test_a_style_takes_the_place_of_the_one_it_replaces_and_stays_in_use() -> None:
    pen = PromptStyle("Pen", "pen drawing")
    book = BOOK.with_style(pen, instead_of="Ink")
    assert book.styles == (pen, NIGHT)
    assert book.applied == ("Night", "Pen")


def test_a_deleted_style_is_no_more_in_use() -> None:
    book = BOOK.without_style("Ink")
    assert (book.styles, book.applied) == ((NIGHT,), ("Night",))


@pytest.mark.parametrize("texts", [("",), ("  ",), ("n" * 81,), ("a", "x" * 10_001), ("a", "\ud800"), ("a", "b", "\0")])
def test_what_no_prompt_can_hold_is_no_style(texts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"^"):
        PromptStyle(*texts)


# --- on disk ---


def test_a_book_comes_back_as_it_was(store: PromptBookStore) -> None:
    store.save(BOOK)
    assert store.load().book == BOOK
    assert store.load().notice is None


def test_without_a_file_there_are_styles_to_begin_with(store: PromptBookStore) -> None:
    loaded = store.load()
    assert loaded.book.styles == STARTING_STYLES
    assert loaded.book.applied == ()
    assert loaded.notice is None


def test_who_deleted_all_styles_gets_none_back(store: PromptBookStore) -> None:
    store.save(PromptBook())
    assert store.load().book.styles == ()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 2}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_is_set_aside_and_said(store: PromptBookStore, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "prompts.json").write_bytes(content)
    loaded = store.load()
    assert isinstance(loaded.notice, SettingsSetAside)
    assert loaded.notice.path.read_bytes() == content
    assert loaded.book.styles == STARTING_STYLES
    store.save(BOOK)
    assert store.load().book == BOOK


def test_an_entry_that_cannot_be_used_costs_only_itself(store: PromptBookStore, tmp_path: Path) -> None:
    document = {
        "version": 1,
        "history": [{"text": "a"}, 5, {"text": "x" * 10_001}, {"text": "\ud800"}, {"text": "a"}, {"negative": "b"}],
        "styles": [{"name": "Ink", "text": "{prompt}"}, {"name": ""}, "no style", {"text": "nameless"}],
        "applied": ["Ink", "gone", 7, "Ink"],
    }
    (tmp_path / "prompts.json").write_text(json.dumps(document))
    book = store.load().book
    assert book.history == (Prompt("a"), Prompt("", "b"))
    assert book.styles == (PromptStyle("Ink", "{prompt}"),)
    assert book.applied == ("Ink",)


def test_where_nothing_can_be_written_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(FolderUnwritable):
        PromptBookStore(tmp_path / "missing" / "prompts.json").save(BOOK)

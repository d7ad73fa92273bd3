"""Which names are suggested for what was typed, and what taking one does to the text."""

from __future__ import annotations

import pytest

from studio.ui.prompt_editor.completion import NameKind, PromptNames, begun_at, complete, suggestions

NAMES = PromptNames(
    loras=("add_detail", "detail tweaker", "Pixel-Art", "styles/ink"),
    wildcards=("animals/birds", "colour"),
    embeddings=("EasyNegative", "easy_hands", "red"),
)


def offered(marked: str) -> tuple[str, ...]:
    caret = marked.index("|")
    begun = begun_at(marked.replace("|", ""), caret)
    return suggestions(begun, NAMES) if begun else ()


def taken(marked: str, name: str) -> str:
    caret = marked.index("|")
    text = marked.replace("|", "")
    begun = begun_at(text, caret)
    assert begun is not None
    change = complete(text, begun, name)
    changed = change.apply_to(text)
    assert change.select_start == change.select_end
    return f"{changed[: change.select_end]}|{changed[change.select_end :]}"


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("<lora:|", NAMES.loras),
        ("a cat, <lora:det|", ("detail tweaker", "add_detail")),
        ("<LORA:pix|", ("Pixel-Art",)),
        ("<lora:styles/|", ("styles/ink",)),
        ("<lora:nothing|", ()),
        ("<lora:add_detail:0.|8>", ()),
        ("<lora:a:1> |", ()),
        ("a __|", NAMES.wildcards),
        ("__bird|", ("animals/birds",)),
        ("__colour__|", ()),
        ("__colour__ and __an|", ("animals/birds",)),
        ("ea|", ("EasyNegative", "easy_hands")),
        ("(ea|", ("EasyNegative", "easy_hands")),
        ("e|", ()),
        ("negative|", ()),
        ("line one\nEASY|", ("EasyNegative", "easy_hands")),
        ("", ()),
    ],
)
def test_what_is_suggested(marked: str, expected: tuple[str, ...]) -> None:
    assert offered(marked if "|" in marked else marked + "|") == expected


def test_only_what_was_asked_for_by_a_sign_is_sure_to_be_meant() -> None:
    asked_for = {
        text: begun.is_asked_for for text in ("<lora:d", "__c", "easy") if (begun := begun_at(text, len(text)))
    }
    assert asked_for == {"<lora:d": True, "__c": True, "easy": False}


def test_a_word_that_is_the_name_already_suggests_nothing() -> None:
    assert suggestions(begun_at("red", 3), PromptNames(embeddings=("red",))) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("marked", "name", "expected"),
    [
        ("a cat <lora:det|", "add_detail", "a cat <lora:add_detail:1>|"),
        ("<lora:det|:0.8>, sun", "add_detail", "<lora:add_detail|:0.8>, sun"),
        ("<lora:det|>", "add_detail", "<lora:add_detail|>"),
        ("a __col|", "colour", "a __colour__|"),
        ("a __col|__ car", "colour", "a __colour|__ car"),
        ("ea|, dark", "EasyNegative", "EasyNegative|, dark"),
    ],
)
def test_what_taking_a_name_does(marked: str, name: str, expected: str) -> None:
    assert taken(marked, name) == expected


def test_names_are_known_by_kind() -> None:
    assert [NAMES.of(kind) for kind in NameKind] == [NAMES.loras, NAMES.wildcards, NAMES.embeddings]

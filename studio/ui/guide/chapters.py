"""The chapters as they are written in `resources/guide/<language>`: Markdown with a little more.

A file is a chapter. Its first line is the title (`# …`); lines of `---` divide it into screens. `[Try it: …](try:name)`
on a line of its own is a button, and `![what is seen](file.png)` a picture below the text. The last part are questions:
a line `? …`, its answers `- …` with the right one `+ …`, and `! …`, why it is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TRY_IT = re.compile(r"^\[Try it: (.+)\]\(try:([a-z-]+)\)$", re.MULTILINE)
_PICTURE = re.compile(r"^!\[(.+)\]\(([a-z0-9_]+\.png)\)$", re.MULTILINE)
_DIVIDER = re.compile(r"^---$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TryIt:
    """A button: `action` names what it does."""

    text: str
    action: str


@dataclass(frozen=True, slots=True)
class Figure:
    """`file` lies in `resources/guide`; `caption` says what is seen."""

    caption: str
    file: str


@dataclass(frozen=True, slots=True)
class Screen:
    """A page of text, in Markdown, with its pictures below it."""

    text: str
    tries: tuple[TryIt, ...]
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    answers: tuple[str, ...]
    right: int
    """Index of the right answer."""
    why: str


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    screens: tuple[Screen, ...]
    questions: tuple[Question, ...]


def read_chapters(folder: Path) -> tuple[Chapter, ...]:
    """In the order of the files' names.

    Raises:
        OSError: one cannot be read.
        ValueError: one is not written as the module says.
    """
    return tuple(parse_chapter(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.md")))


def parse_chapter(text: str) -> Chapter:
    """Raises ValueError."""
    heading, _, rest = text.partition("\n")
    *screens, questions = _DIVIDER.split(rest)
    if not heading.startswith("# ") or not screens:
        raise ValueError(f"not a chapter: {heading!r}")
    return Chapter(heading.removeprefix("# "), tuple(map(_screen, screens)), tuple(_questions(questions)))


def _screen(text: str) -> Screen:
    tries = tuple(TryIt(found[1], found[2]) for found in _TRY_IT.finditer(text))
    figures = tuple(Figure(found[1], found[2]) for found in _PICTURE.finditer(text))
    return Screen(_PICTURE.sub("", _TRY_IT.sub("", text)).strip(), tries, figures)


def _questions(text: str) -> Iterator[Question]:
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [(line[:1], line[1:].strip()) for line in block.splitlines()]
        asked = [line for mark, line in lines if mark == "?"]
        answers = [(mark, line) for mark, line in lines if mark in "+-"]
        why = [line for mark, line in lines if mark == "!"]
        right = [number for number, (mark, _) in enumerate(answers) if mark == "+"]
        if not (len(asked) == len(right) == len(why) == 1 and len(answers) > 1):
            raise ValueError(f"not a question: {block!r}")
        yield Question(asked[0], tuple(line for _, line in answers), right[0], why[0])

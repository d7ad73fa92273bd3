"""Random choices in prompts: `{a|b}`, `{2$$a|b|c}` and `__name__` become words before a picture is made.

Choices are dynamicprompts' business. Names mean text files below one folder, whose lines are drawn from here, because
they come from anywhere: a file is at most 1 MB, nothing outside of the folder is read, lines that name other files are
followed 8 times, 200 choices are made (4 ms each), and nothing grows beyond 10 kB. What cannot be used stays as typed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from studio.prompts.language import read_prompt
from studio.prompts.syntax import Span, SpanKind

LARGEST_FILE: Final = 2**20
DEEPEST: Final = 8
LONGEST: Final = 10_000
MOST_CHOICES: Final = 200

_NAME = re.compile(r"[\w\- /]+")
_LINE = re.compile(r"(?:(\d{1,6}(?:\.\d{1,6})?)::)?(.*)")
_SEVERAL_OF_A_FILE = re.compile(r"(\{\s*[\d-]{1,9}\$\$(?:[^$|{}]*\$\$)?\s*)__([\w\-/ ]+?)__(\s*\})")
_TOO_MANY = re.compile(r"\d{4,}\s*(?:-|\$\$)")
_HIDDEN = re.compile(r"\\[\\{}|$]|[#/%*_\\]|(?<!\$)\$(?!\$)")
"""What dynamicprompts takes for more than it is here."""
_FIRST_MARK: Final = 0xFDD0
"""Characters that Unicode promises never to assign stand for what is hidden."""
_MARK = re.compile(f"[{chr(_FIRST_MARK)}-{chr(_FIRST_MARK + 31)}]")


def expand(text: str, wildcards: Path, seed: int) -> str:
    """`text` with its choices made: the same for the same `seed`, text and files (in the folder `wildcards`)."""
    if not has_choices(text):
        return text
    return _Expansion(wildcards, seed).expand(text)


def has_choices(text: str) -> bool:
    """False when `expand` gives the text back, and costs nothing. The first choice costs an import of 0.2 s."""
    return "{" in text or "__" in text


def read_lines(wildcards: Path, name: str) -> tuple[str, ...]:
    """The lines of the file `name`, without comments and empty ones; none if it cannot be used."""
    path = _inside(wildcards, name)
    if path is None:
        return ()
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            return ()
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):  # unreadable, or no UTF-8
        return ()
    return tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _inside(folder: Path, name: str) -> Path | None:
    """The file of a name, wherever links lead; None if that is outside of the folder."""
    if not _NAME.fullmatch(name) or name.startswith("/"):
        return None
    try:
        root, path = folder.resolve(), (folder / f"{name.strip()}.txt").resolve()
    except (OSError, RuntimeError):  # a loop of links
        return None
    return path if path.is_relative_to(root) else None


class _Expansion:
    """The choices of one prompt. All are drawn from one seed, one after the other."""

    def __init__(self, wildcards: Path, seed: int) -> None:
        from dynamicprompts.generators.randomprompt import RandomPromptGenerator

        self._wildcards = wildcards
        self._random = random.Random(seed)
        generator = RandomPromptGenerator(seed=seed)
        self._generate: Callable[[str], list[str]] = generator.generate  # pyright: ignore[reportUnknownMemberType]  untyped
        self._files: dict[str, tuple[str, ...]] = {}
        self._choices_made = 0

    def expand(self, text: str) -> str:
        """What the lines of files bring in is expanded in its turn."""
        for _ in range(DEEPEST):
            expanded = self._once(text)
            if expanded == text or len(expanded) > LONGEST:
                return text
            text = expanded
        return text

    def _once(self, text: str) -> str:
        pieces: list[str] = []
        place = 0
        for start, end, kind in _outermost(text):
            piece = text[start:end]
            pieces.append(text[place:start])
            pieces.append(self._line(piece) if kind is SpanKind.WILDCARD else self._chosen(piece))
            place = end
        return "".join([*pieces, text[place:]])

    def _line(self, wildcard: str) -> str:
        lines = self._lines(wildcard[2:-2])
        if not lines:
            return wildcard
        weighted = [_LINE.fullmatch(line) for line in lines]
        weights = [float(match[1] or 1) if match else 1.0 for match in weighted]
        if not any(weights):
            return wildcard
        return self._random.choices([match[2] if match else "" for match in weighted], weights)[0]

    def _lines(self, name: str) -> tuple[str, ...]:
        if name not in self._files:
            self._files[name] = read_lines(self._wildcards, name)
        return self._files[name]

    def _chosen(self, choice: str) -> str:
        """The choice made; as it is typed if dynamicprompts does not understand it."""
        from pyparsing import ParseBaseException

        choice = _SEVERAL_OF_A_FILE.sub(self._with_lines, choice)
        if _TOO_MANY.search(choice) or _depth(choice) > DEEPEST or self._choices_made == MOST_CHOICES:
            return choice
        self._choices_made += 1
        hidden: list[str] = []

        def hide(match: re.Match[str]) -> str:
            if match[0] not in hidden:
                hidden.append(match[0])
            return chr(_FIRST_MARK + hidden.index(match[0]))

        template = _HIDDEN.sub(hide, choice)
        try:
            (chosen,) = self._generate(template)
        except (ParseBaseException, ValueError, IndexError, TypeError):
            return choice
        return _MARK.sub(lambda mark: hidden[ord(mark[0]) - _FIRST_MARK], chosen)

    def _with_lines(self, several: re.Match[str]) -> str:
        """`{2$$__name__}` takes two different lines."""
        lines = self._lines(several[2])
        return f"{several[1]}{'|'.join(lines)}{several[3]}" if lines else several[0]


def _outermost(text: str) -> Iterator[Span]:
    """The choices and names that are in no other choice. `${...}` and `%{...}` belong to other programs."""
    behind = 0
    for span in read_prompt(text).spans:
        if span.start < behind or span.kind not in {SpanKind.CHOICE, SpanKind.WILDCARD}:
            continue
        behind = span.end
        if text[max(0, span.start - 1) : span.start] not in {"$", "%"}:
            yield span


def _depth(choice: str) -> int:
    depth = deepest = 0
    for character in choice:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return deepest

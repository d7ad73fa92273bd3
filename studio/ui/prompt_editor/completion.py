"""What could follow at the caret: names of LoRAs, wildcards and embeddings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from studio.ui.replacement import Replacement

_FEWEST_LETTERS = 2
"""Of a plain word before embeddings are suggested for it."""
_MOST_SUGGESTIONS = 50
_LORA = re.compile(r"<lora:(?P<typed>[^:<>\n]*)$", re.IGNORECASE)
_WILDCARD = re.compile(r"__(?P<typed>(?:[^\W_]|[-/.*]|_(?!_))*)$")
_WORD = re.compile(r"(?<![\w<:/-])(?P<typed>[\w.-]+)$")


class NameKind(StrEnum):
    """What a name in a prompt stands for."""

    LORA = "lora"
    WILDCARD = "wildcard"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class PromptNames:
    """The names that are installed, each sorted."""

    loras: tuple[str, ...] = ()
    wildcards: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()

    def of(self, kind: NameKind) -> tuple[str, ...]:
        match kind:
            case NameKind.LORA:
                return self.loras
            case NameKind.WILDCARD:
                return self.wildcards
            case NameKind.EMBEDDING:
                return self.embeddings


@dataclass(frozen=True, slots=True)
class Begun:
    """A name that was begun: `typed` stands from `start` to the caret."""

    kind: NameKind
    start: int
    typed: str

    @property
    def is_asked_for(self) -> bool:
        """By `<lora:` or `__`; a plain word may as well be meant as a word."""
        return self.kind is not NameKind.EMBEDDING


def begun_at(text: str, caret: int) -> Begun | None:
    """The name that is being typed at `caret`; None where none is."""
    line = text[text.rfind("\n", 0, caret) + 1 : caret]
    for kind, pattern in ((NameKind.LORA, _LORA), (NameKind.WILDCARD, _WILDCARD), (NameKind.EMBEDDING, _WORD)):
        found = pattern.search(line)
        if found is None or (kind is NameKind.WILDCARD and line.count("__") % 2 == 0):
            continue
        typed = found["typed"]
        if kind is NameKind.EMBEDDING and len(typed) < _FEWEST_LETTERS:
            return None
        return Begun(kind, caret - len(typed), typed)
    return None


def suggestions(begun: Begun, names: PromptNames) -> tuple[str, ...]:
    """The names that fit, those that begin with what was typed first. A word only fits the beginning of a name."""
    typed = begun.typed.casefold()
    known = names.of(begun.kind)
    first = [name for name in known if name.casefold().startswith(typed)]
    inside = [name for name in known if typed in name.casefold() and not name.casefold().startswith(typed)]
    fitting = first + inside if begun.is_asked_for else first
    return () if fitting == [begun.typed] and not begun.is_asked_for else tuple(fitting[:_MOST_SUGGESTIONS])


def complete(text: str, begun: Begun, name: str) -> Replacement:
    """The change that finishes the name that was begun; the caret ends behind it."""
    caret = begun.start + len(begun.typed)
    after = text[caret:]
    match begun.kind:
        case NameKind.LORA:
            ending = "" if after.startswith((":", ">")) else ":1>"
        case NameKind.WILDCARD:
            ending = "" if after.startswith("__") else "__"
        case NameKind.EMBEDDING:
            ending = ""
    end = begun.start + len(name) + len(ending)
    return Replacement(begun.start, caret, name + ending, end, end)

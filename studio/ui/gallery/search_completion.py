"""What could follow in a search: fields, the values that pictures have, and words of their prompts. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from studio.core.language import tr
from studio.gallery.search.colours import COLOUR_NAMES
from studio.gallery.search.known_values import KnownValues
from studio.gallery.search.query import Field, Made, Mark
from studio.gallery.search.words import as_indexed, is_beginning
from studio.ui.replacement import Replacement

_MOST_SUGGESTIONS = 50
_FIELDS = {
    Field.PROMPT: tr("words of the prompt alone"),
    Field.NEGATIVE: tr("words of the negative prompt"),
    Field.MODEL: tr("made with this model"),
    Field.LORA: tr("made with this LoRA"),
    Field.SAMPLER: tr("made with this sampler"),
    Field.STEPS: tr("20, >20 or 10..30"),
    Field.CFG: tr("7, <5 or 5..7"),
    Field.SEED: tr("a number"),
    Field.SIZE: "512x768",
    Field.WIDTH: "<1024",
    Field.HEIGHT: ">=512",
    Field.RATING: ">=4",
    Field.ALBUM: tr("in this album"),
    Field.TAG: tr("with this tag"),
    Field.NOTE: tr("words of your note"),
    Field.MADE: tr("of text, of a picture, ..."),
    Field.IS: tr("favourite, rated, ..."),
    Field.DATE: tr("today, 2026-11 or >=2026"),
    Field.FROM: tr("a picture's name: its family"),
    Field.COLOUR: tr("orange, #ff8800"),
    Field.LIKE: tr("colours like this picture's"),
}
_CHOICES = {
    Field.MADE: tuple(made.value for made in Made),
    Field.IS: tuple(mark.value for mark in Mark),
    Field.DATE: ("today", "yesterday"),
    Field.RATING: (">=4", "5", "4", "3", "2", "1", "0"),
    Field.COLOUR: tuple(COLOUR_NAMES),
}
_TERM = re.compile(r'(?:^|(?<=\s))-?(?:(?P<field>\w+):(?P<value>"[^"]*|[^\s"]*)|(?P<word>[^\s":]*))$')
"""From the last space that is not within quotes to the caret."""
_TO_BE_QUOTED = re.compile(r"\s|^[<>=]")
_COMPARED = {Field.STEPS, Field.CFG, Field.SEED, Field.WIDTH, Field.HEIGHT, Field.RATING, Field.DATE}
_COMPARISON = re.compile(r"[<>]=?|=")
_OF_WORDS = {Field.PROMPT, Field.NEGATIVE}


@dataclass(frozen=True, slots=True)
class BegunTerm:
    """`typed` stands from `start` to the caret: the value of `field`, or what may become a field."""

    field: Field | None
    start: int
    typed: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`hint` says in a few words what it is for; `colour` is shown before it, as #rrggbb."""

    text: str
    hint: str = ""
    colour: str = ""


def begun_at(text: str, caret: int) -> BegunTerm | None:
    """The term that is being typed at `caret`; None in a phrase, or where no field of this name is."""
    found = _TERM.search(text[:caret])
    if found is None or (found["field"] is None and text[:caret].count('"') % 2):
        return None
    if found["field"] is None:
        return BegunTerm(None, found.start("word"), found["word"])
    name = found["field"].lower()
    return BegunTerm(Field(name), found.start("value"), found["value"]) if name in set(Field) else None


def begun_word(begun: BegunTerm) -> str:
    """The beginning of what may become a word of a prompt; empty where another value is typed, or too little."""
    typed = begun.typed.lstrip('"')
    may_be_word = begun.field is None or begun.field in _OF_WORDS
    return typed if may_be_word and is_beginning(as_indexed(typed)) else ""


def suggestions(begun: BegunTerm, known: KnownValues, words: Sequence[str] = ()) -> tuple[Suggestion, ...]:
    """Fields that begin so, then those of the `words`; of a field the values that begin so, then those that contain it.
    Behind a comparison come those that can be compared."""
    typed = begun.typed.lstrip('"').casefold()
    if begun.field is None or begun.field in _OF_WORDS:
        fields = [Suggestion(f"{field}:", hint) for field, hint in _FIELDS.items() if field.startswith(typed)]
        begin = as_indexed(typed)
        longer = [Suggestion(word) for word in words if begin and word.startswith(begin) and word != begin]
        return tuple([*fields, *longer] if begun.field is None else longer)
    values = (*_CHOICES.get(begun.field, ()), *known.of.get(begun.field, ()))
    comparison = _COMPARISON.match(typed) if begun.field in _COMPARED else None
    if comparison is not None:
        plain = (value for value in values if not _COMPARISON.match(value))
        values = tuple(dict.fromkeys([*values, *(comparison[0] + value for value in plain)]))
    first = [value for value in values if value.casefold().startswith(typed)]
    inside = [value for value in values if typed in value.casefold() and value not in first]
    if [value.casefold() for value in first] == [typed]:
        return ()  # nothing is left to be typed
    colours = COLOUR_NAMES if begun.field is Field.COLOUR else {}
    return tuple(Suggestion(value, "", colours.get(value, "")) for value in [*first, *inside][:_MOST_SUGGESTIONS])


def complete(text: str, begun: BegunTerm, chosen: str) -> Replacement:
    """The change that finishes the term; after a value or a word comes the next term, after a field its value."""
    caret = begun.start + len(begun.typed)
    end = caret
    if chosen.endswith(":") and begun.field is None:
        written = chosen
    else:
        if begun.typed.startswith('"') and text[caret : caret + 1] == '"':
            end += 1
        quoted = _TO_BE_QUOTED.search(chosen) and begun.field not in _COMPARED
        written = f'"{chosen}"' if quoted else chosen
        written += "" if text[end : end + 1].isspace() else " "
    place = begun.start + len(written)
    return Replacement(begun.start, end, written, place, place)

"""Ctrl+Up and Ctrl+Down: the weight of a word, a selection or a LoRA, a step more or less."""

from __future__ import annotations

import re
from dataclasses import dataclass

from studio.core.addon import LoraUse
from studio.ui.prompt_editor.brackets import matching_brackets
from studio.ui.replacement import Replacement

WORD_STEP = 0.1
LORA_STEP = 0.05
_LOWEST_WORD, _HIGHEST_WORD = 0.0, 10.0
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_LORA = re.compile(rf"<lora:[^:<>\n]+(?::(?P<weight>{_NUMBER}))?(?P<rest>(?::[^<>\n]*)?)>", re.IGNORECASE)
_WEIGHT = re.compile(rf":\s*(?P<weight>{_NUMBER})\s*$")
_WORD = re.compile(r"[^\W_]+(?:[-'’_][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class _Emphasis:
    """`(content:weight)` from `start` to `end`."""

    start: int
    end: int
    content: str
    weight: float


def change_weight(text: str, start: int, end: int, direction: int) -> Replacement | None:
    """The change that moves the weight of what is selected from `start` to `end` one step up (1) or down (-1).

    Nothing selected (`start == end`) means the innermost weighted part or LoRA around the caret, else the word there.
    None where there is nothing to weigh, or the limit is reached. A word whose weight becomes 1 loses its brackets.
    """
    start, end = _without_spaces(text, start, end)
    lora = _lora_at(text, start, end)
    if lora is not None:
        return _change_lora(lora, direction)
    emphasis = _emphasis_at(text, start, end)
    if emphasis is None and start == end:
        start, end = _word_at(text, start)
    if emphasis is None and start < end:
        emphasis = _Emphasis(start, end, text[start:end], 1.0)
    return None if emphasis is None else _change_emphasis(text, emphasis, direction)


def _without_spaces(text: str, start: int, end: int) -> tuple[int, int]:
    selected = text[start:end]
    if not selected.strip():
        return end, end
    return start + len(selected) - len(selected.lstrip()), end - (len(selected) - len(selected.rstrip()))


def _word_at(text: str, caret: int) -> tuple[int, int]:
    """The word around the caret; an empty range where there is none."""
    for word in _WORD.finditer(text):
        if word.start() <= caret <= word.end():
            return word.span()
    return caret, caret


def _lora_at(text: str, start: int, end: int) -> re.Match[str] | None:
    tags = (tag for tag in _LORA.finditer(text) if tag.start() <= start and end <= tag.end())
    return next((tag for tag in tags if start < end or tag.start() < start < tag.end()), None)


def _change_lora(tag: re.Match[str], direction: int) -> Replacement | None:
    weight = _moved(float(tag["weight"] or 1), direction * LORA_STEP, LoraUse.LOWEST, LoraUse.HIGHEST)
    if weight is None:
        return None
    start, end = tag.span("weight") if tag["weight"] else (tag.start("rest"), tag.start("rest"))
    text = _printed(weight)
    before = "" if tag["weight"] else ":"
    selected = start + len(before)
    return Replacement(start, end, before + text, selected, selected + len(text))


def _emphasis_at(text: str, start: int, end: int) -> _Emphasis | None:
    """The innermost brackets around a caret; around a selection only those that hold it and nothing else."""
    for opening, closing in sorted(matching_brackets(text).items(), reverse=True):
        if text[opening] != "(":
            continue
        content = text[opening + 1 : closing]
        weight = _WEIGHT.search(content)
        inner_end = opening + 1 + (weight.start() if weight else len(content))
        is_around_caret = start == end and opening < start <= closing
        is_selected = (start, end) in {(opening, closing + 1), (opening + 1, inner_end)} and start < end
        if is_around_caret or is_selected:
            number = float(weight["weight"]) if weight else WORD_STEP + 1
            return _Emphasis(opening, closing + 1, text[opening + 1 : inner_end], number)
    return None


def _change_emphasis(text: str, emphasis: _Emphasis, direction: int) -> Replacement | None:
    weight = _moved(emphasis.weight, direction * WORD_STEP, _LOWEST_WORD, _HIGHEST_WORD)
    if weight is None:
        return None
    content, start = emphasis.content, emphasis.start
    if weight == 1.0:
        return Replacement(start, emphasis.end, content, start, start + len(content))
    return Replacement(start, emphasis.end, f"({content}:{_printed(weight)})", start + 1, start + 1 + len(content))


def _moved(weight: float, change: float, lowest: float, highest: float) -> float | None:
    """`weight` changed, within its limits; None where that is no change."""
    moved = max(lowest, min(round(weight + change, 2), highest))
    return None if moved == weight else moved


def _printed(weight: float) -> str:
    return f"{weight:.2f}".rstrip("0").rstrip(".")

"""Values out of foreign texts: each function gives None for what is missing, malformed or impossible here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from studio.core.addon import LoraUse
from studio.core.addon_names import LoraTag
from studio.core.errors import StudioError
from studio.core.geometry import Size
from studio.core.request import Prompt, Sampling

_LONGEST_NUMBER = 40
_LONGEST_NAME = 255
_LONGEST_VERSION = 40
_ENDING = re.compile(r"\.(safetensors|sft|ckpt|pt|pth|bin|gguf)$", re.IGNORECASE)
_NOT_IN_A_TAG = frozenset("<>:\n")

Value = TypeVar("Value")
Amount = TypeVar("Amount", int, float)


def usable(read: Callable[[], Value]) -> Value | None:
    """What `read` gives, None if it raises for a value that cannot be used: the other ones still can."""
    with suppress(StudioError, KeyError, ValueError, OverflowError):
        return read()
    return None


def prompt(text: object, negative: object = "") -> Prompt | None:
    """None also for prompts that are longer than this program's may be."""
    return usable(lambda: Prompt(words(text).strip(), words(negative).strip()))


def words(value: object) -> str:
    """A text in which halves of characters (lone surrogates) are question marks; empty for anything but a text."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def steps(value: object) -> int | None:
    return _within(Sampling.FEWEST_STEPS, whole(value), Sampling.MOST_STEPS)


def guidance(value: object) -> float | None:
    return _within(Sampling.LOWEST_GUIDANCE, number(value), Sampling.HIGHEST_GUIDANCE)


def seed(value: object) -> int | None:
    return _within(0, whole(value), Sampling.HIGHEST_SEED)


def guidance_rescale(value: object) -> float | None:
    return _within(0.0, number(value), 1.0)


def clip_skip(value: object) -> int | None:
    """How many layers are left out."""
    return _within(0, whole(value), Sampling.MOST_CLIP_SKIP)


def size(width: object, height: object) -> Size | None:
    """None also for one that this program cannot make."""
    across, down = whole(width), whole(height)
    return None if across is None or down is None else usable(lambda: Size(across, down))


def file_name(value: object) -> str | None:
    """The name of a model's file without its folder and ending."""
    name = _ENDING.sub("", re.split(r"[/\\]", words(value)[-_LONGEST_NAME:])[-1].strip())
    return name if name and name.casefold() != "none" else None


def version(value: object) -> str:
    """What a program says of itself, in short; empty if it does not."""
    return words(value)[:_LONGEST_VERSION].strip()


def lora(name: object, weight: object) -> LoraTag | None:
    """None for a name that a prompt could not say, and for one that is switched off by its weight."""
    found, strength = file_name(name), number(weight)
    if found is None or strength == 0 or not _NOT_IN_A_TAG.isdisjoint(found):
        return None
    strength = _within(LoraUse.LOWEST, strength, LoraUse.HIGHEST)
    return LoraTag(found, 1.0, 1.0) if strength is None else LoraTag(found, strength, strength)


def whole(value: object) -> int | None:
    """A whole number, also one that is written as a text or with a fraction of zero."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        return usable(lambda: int(value))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: object) -> float | None:
    """A finite number, also one that is written as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        return None
    found = usable(lambda: float(value))
    return found if found is not None and math.isfinite(found) else None


def _within(lowest: Amount, value: Amount | None, highest: Amount) -> Amount | None:
    return value if value is not None and lowest <= value <= highest else None

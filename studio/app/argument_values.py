"""What was typed on the command line, as numbers and sizes; None stays None. Each raises an InvalidRequest."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from studio.core.errors import (
    InvalidBatchSize,
    InvalidMaskSetting,
    InvalidRequest,
    InvalidSeed,
    InvalidSize,
    UnknownChoice,
)
from studio.core.geometry import Size
from studio.core.memory import Placement
from studio.core.request import GenerationRequest, Sampling


def whole_number(
    text: str | None, error: Callable[[int | str, int, int], InvalidRequest], lowest: int, highest: int
) -> int | None:
    """Raises `error` for what is no whole number; its range is checked by what is made of it."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise error(text, lowest, highest) from None


def number(
    text: str | None, error: Callable[[float | str, float, float], InvalidRequest], lowest: float, highest: float
) -> float | None:
    """Raises `error` for what is no number."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise error(text, lowest, highest) from None


def placement(text: str | None) -> Placement | None:
    """Raises UnknownChoice."""
    if text is None:
        return None
    known = tuple(placement.value for placement in Placement)
    if text.strip().casefold() not in known:
        raise UnknownChoice("placement", text, known)
    return Placement(text.strip().casefold())


def mask_length(name: str, text: str | None, highest: int) -> int | None:
    """`name` is what the error calls it. Raises InvalidMaskSetting."""
    return whole_number(text, partial(InvalidMaskSetting, name), 0, highest)


def seed(text: str | None) -> int | None:
    """Raises InvalidSeed."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise InvalidSeed(text, Sampling.HIGHEST_SEED)
    return int(text)


def batch(text: str) -> int:
    """Raises InvalidBatchSize."""
    lowest, highest = GenerationRequest.SMALLEST_BATCH, GenerationRequest.LARGEST_BATCH
    count = whole_number(text, InvalidBatchSize, lowest, highest)
    assert count is not None
    return count


def size(text: str | None) -> Size | None:
    """WIDTHxHEIGHT. Raises InvalidSize."""
    if text is None:
        return None
    width, separator, height = text.lower().partition("x")
    if not separator or not width.isdecimal() or not height.isdecimal():
        raise InvalidSize(width, height or "?", Size.MULTIPLE, Size.LOWEST, Size.HIGHEST)
    return Size(int(width), int(height))

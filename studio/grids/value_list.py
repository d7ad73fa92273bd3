"""Lists of values as users of A1111's X/Y/Z plot type them.

    1, 2, 5        just these             1-5          1, 2, 3, 4, 5
    1-10 (+2)      1, 3, 5, 7, 9          10-5 (-3)    10, 7
    1-10 [5]       five, evenly spread; of whole numbers 1, 3, 5, 7, 10
    0-1 (+0.25)    with fractions too     "a, b", c    texts with commas stand in quotes

See the wiki of AUTOMATIC1111/stable-diffusion-webui, "X/Y/Z plot". Unlike there a range may also run downwards
without saying so.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import Enum

MOST_VALUES = 1000
_MOST_DIGITS = 40
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_ITEM = re.compile(
    rf"(?P<first>{_NUMBER})(?:\s*-\s*(?P<last>{_NUMBER})(?:\s*\(\s*(?P<step>{_NUMBER})\s*\)|\s*\[\s*(?P<count>\d+)\s*\])?)?",
    re.ASCII,
)


class ValueFault(Enum):
    """Why a list of values cannot be used."""

    EMPTY = "empty"
    NO_NUMBER = "no number or range"
    NO_WHOLE_NUMBER = "no whole number"
    STEP_LEADS_AWAY = "a step that never gets there"
    TOO_MANY = "too many values"
    OPEN_QUOTE = "a quote that is not closed"


class ValueListUnreadable(ValueError):
    """`part` of the text is at fault."""

    def __init__(self, fault: ValueFault, part: str) -> None:
        super().__init__(f"{fault.value}: {part}")
        self.fault = fault
        self.part = part


@dataclass(frozen=True, slots=True)
class _Range:
    first: Decimal
    last: Decimal
    step: Decimal
    """Never 0."""

    @property
    def count(self) -> int:
        """0 or less where the step leads away from `last`."""
        return int(((self.last - self.first) / self.step).to_integral_value(ROUND_FLOOR)) + 1


def read_numbers(text: str) -> tuple[float, ...]:
    """The numbers of the list, in order. Raises ValueListUnreadable."""
    return tuple(float(number) for number in _numbers(text, whole=False))


def read_whole_numbers(text: str) -> tuple[int, ...]:
    """The same of whole numbers; spread ones are rounded down. Raises ValueListUnreadable."""
    return tuple(int(number) for number in _numbers(text, whole=True))


def read_texts(text: str) -> tuple[str, ...]:
    """Texts between commas, without spaces around them; in quotes they may have commas. Raises ValueListUnreadable."""
    try:
        [row] = csv.reader([text.replace("\n", " ")], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise ValueListUnreadable(ValueFault.OPEN_QUOTE, text.strip()) from None
    texts = tuple(part.strip() for part in row)
    if not any(texts):
        raise ValueListUnreadable(ValueFault.EMPTY, "")
    if len(texts) > MOST_VALUES:
        raise ValueListUnreadable(ValueFault.TOO_MANY, str(len(texts)))
    return texts


def _numbers(text: str, *, whole: bool) -> list[Decimal]:
    items = [part.strip() for part in text.split(",") if part.strip()]
    if not items:
        raise ValueListUnreadable(ValueFault.EMPTY, "")
    found: list[Decimal] = []
    for item in items:
        found.extend(_numbers_of(item, MOST_VALUES - len(found), whole=whole))
    return found


def _numbers_of(item: str, room: int, *, whole: bool) -> Iterator[Decimal]:
    """What one item stands for, if that is not more than `room`."""
    match = _ITEM.fullmatch(item)
    if match is None or max(map(len, re.findall(r"[\d.]+", item))) > _MOST_DIGITS:
        raise ValueListUnreadable(ValueFault.NO_NUMBER, item)
    if whole and any(part and "." in part for part in match.groups()):
        raise ValueListUnreadable(ValueFault.NO_WHOLE_NUMBER, item)
    first, last = Decimal(match["first"]), Decimal(match["last"] or match["first"])
    if match["count"]:
        yield from _spread(first, last, _count(item, match["count"], room), whole=whole)
    else:
        yield from _stepped(item, _Range(first, last, _step(item, match["step"], first, last)), room)


def _step(item: str, typed: str | None, first: Decimal, last: Decimal) -> Decimal:
    if typed is None:
        return Decimal(1 if last >= first else -1)
    if not Decimal(typed):
        raise ValueListUnreadable(ValueFault.STEP_LEADS_AWAY, item)
    return Decimal(typed)


def _stepped(item: str, numbers: _Range, room: int) -> Iterator[Decimal]:
    """Counted before any is made: a range may stand for more numbers than there is memory."""
    if numbers.count < 1:
        raise ValueListUnreadable(ValueFault.STEP_LEADS_AWAY, item)
    if numbers.count > room:
        raise ValueListUnreadable(ValueFault.TOO_MANY, item)
    return (numbers.first + place * numbers.step for place in range(numbers.count))


def _count(item: str, typed: str, room: int) -> int:
    count = int(typed)
    if not count:
        raise ValueListUnreadable(ValueFault.EMPTY, item)
    if count > room:
        raise ValueListUnreadable(ValueFault.TOO_MANY, item)
    return count


def _spread(first: Decimal, last: Decimal, count: int, *, whole: bool) -> Iterator[Decimal]:
    """Both ends are among them, if there is more than one."""
    for place in range(count):
        number = first + (last - first) * place / max(1, count - 1)
        yield number.to_integral_value(ROUND_FLOOR) if whole else number

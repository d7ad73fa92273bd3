"""Where the numbers of a chart's axis stand."""

from __future__ import annotations

import math
from dataclasses import dataclass

_NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """From `lowest` to `highest` (larger), evenly or by powers of ten; then both are above 0."""

    lowest: float
    highest: float
    is_logarithmic: bool = False

    def share(self, value: float) -> float:
        """How far along the axis a value is, 0 to 1; one beyond an end is at that end."""
        value = min(max(value, self.lowest), self.highest)
        if self.is_logarithmic:
            return math.log(value / self.lowest) / math.log(self.highest / self.lowest)
        return (value - self.lowest) / (self.highest - self.lowest)

    def ticks(self, most: int) -> tuple[float, ...]:
        """Round numbers for at most this many places (two or more)."""
        return self._powers() if self.is_logarithmic else _evenly(self.lowest, self.highest, most)

    def _powers(self) -> tuple[float, ...]:
        first, last = math.ceil(math.log10(self.lowest)), math.floor(math.log10(self.highest))
        return tuple(10.0**power for power in range(first, last + 1))


def _evenly(lowest: float, highest: float, most: int) -> tuple[float, ...]:
    least = (highest - lowest) / most
    power = 10.0 ** math.floor(math.log10(least))
    step = next(nice * power for nice in _NICE if nice * power >= least)
    first, last = math.ceil(lowest / step), math.floor(highest / step)
    return tuple(step * place for place in range(first, last + 1))


def tick_text(value: float) -> str:
    """Without digits that say nothing."""
    return f"{value:.6g}"

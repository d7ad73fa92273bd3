"""How far a copy or a verification is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class WorkProgress:
    """`path` is the file at work, relative to the model."""

    path: str
    bytes_done: int
    bytes_total: int

    @property
    def fraction(self) -> float:
        """0 to 1."""
        return self.bytes_done / self.bytes_total if self.bytes_total else 1.0


OnProgress: TypeAlias = Callable[[WorkProgress], None]


class ByteCounter:
    """Adds up the bytes of several files and tells `on_progress`."""

    def __init__(self, bytes_total: int, on_progress: OnProgress) -> None:
        self._total = bytes_total
        self._on_progress = on_progress
        self._done = 0

    def of_file(self, path: str) -> Callable[[int], None]:
        """What to call with the number of bytes of each block of this file."""

        def count(size: int) -> None:
            self._done += size
            self._on_progress(WorkProgress(path, self._done, self._total))

        return count


def now_and_then(on_progress: OnProgress, seconds: float = 0.125) -> OnProgress:
    """Tells `on_progress` at most once in so many `seconds`, and of the end."""
    told = -seconds

    def tell(progress: WorkProgress) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= seconds or progress.bytes_done == progress.bytes_total:
            told = now
            on_progress(progress)

    return tell


class TimeLeft:
    """Estimates how long a piece of work still takes from how fast it was since it began."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: tuple[float, int] | None = None

    def seconds(self, progress: WorkProgress) -> float | None:
        """None at first: nothing is known then."""
        now = self._clock()
        if self._began is None:
            self._began = (now, progress.bytes_done)
        began, bytes_before = self._began
        done = progress.bytes_done - bytes_before
        return (progress.bytes_total - progress.bytes_done) * (now - began) / done if done else None


def nobody(_progress: WorkProgress) -> None:
    """Nobody wants to know."""

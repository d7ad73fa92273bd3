"""How far a copy or a verification is."""

from __future__ import annotations

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


def nobody(_progress: WorkProgress) -> None:
    """Nobody wants to know."""

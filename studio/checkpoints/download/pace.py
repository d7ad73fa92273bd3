"""Time in a transfer: whether the bytes come fast enough, and how long a server asks to wait."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from studio.checkpoints.download.options import Pace

Clock = Callable[[], float]


class StallGuard:
    """Tells when the bytes of one answer come too slowly."""

    def __init__(self, pace: Pace, clock: Clock = time.monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._since = clock()
        self._count = 0

    def has_stalled(self, count: int) -> bool:
        """`count` more bytes came. True when a whole window brought too few."""
        self._count += count
        elapsed = self._clock() - self._since
        if elapsed < self._pace.stall_seconds:
            return False
        stalled = self._count < self._pace.slowest * elapsed
        self._since, self._count = self._clock(), 0
        return stalled


class SpeedMeter:
    """Bytes per second over the last few seconds."""

    _WINDOW_SECONDS = 5.0

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._counts: deque[tuple[float, int]] = deque()
        self._sum = 0

    def add(self, count: int) -> None:
        now = self._clock()
        if self._counts and now - self._counts[-1][0] < 0.1:
            self._counts[-1] = (self._counts[-1][0], self._counts[-1][1] + count)
        else:
            self._counts.append((now, count))
        self._sum += count

    @property
    def bytes_per_second(self) -> float | None:
        """None before half a second is known."""
        now = self._clock()
        while self._counts and now - self._counts[0][0] > self._WINDOW_SECONDS:
            self._sum -= self._counts.popleft()[1]
        elapsed = now - self._counts[0][0] if self._counts else 0.0
        return self._sum / elapsed if elapsed >= 0.5 else None


def seconds_from_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """What a Retry-After header says: seconds, or a date. None when there is none that makes sense."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (aware - (now or datetime.now(UTC))).total_seconds())

"""Preview frames from the engine's thread to the window: the latest frame wins, none ever queues up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from studio.core.progress import PreviewFrame

SECONDS_BETWEEN_FRAMES = 1 / 8


class PreviewMailbox(QObject):
    """A `PreviewSink` with room for one frame.

    `wants_frame` and `put` are called by the engine's thread, everything else by the window's.

    Signals:
        frame_arrived: a frame waits to be taken. Emitted once until `take` is called.
    """

    frame_arrived = Signal()

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._frame: PreviewFrame | None = None
        self._watched = True
        self._next_frame_at = 0.0

    def set_watched(self, watched: bool) -> None:
        """Nobody looks while the window is hidden or minimised: then no frame is made."""
        self._watched = watched

    def wants_frame(self) -> bool:
        return self._watched and self._frame is None and self._clock() >= self._next_frame_at

    def put(self, frame: PreviewFrame) -> None:
        with self._lock:
            was_empty = self._frame is None
            self._frame = frame
            self._next_frame_at = self._clock() + SECONDS_BETWEEN_FRAMES
        if was_empty:
            self.frame_arrived.emit()

    def take(self) -> PreviewFrame | None:
        """The newest frame, which leaves the mailbox; None when there is none."""
        with self._lock:
            frame, self._frame = self._frame, None
        return frame

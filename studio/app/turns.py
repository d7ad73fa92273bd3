"""What takes long in the window's thread, one thing after the other, and the window answers in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Turns(QObject):
    """Lives in the window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: deque[Callable[[], None]] = deque()
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._take_next)

    def take(self, *steps: Callable[[], None]) -> None:
        """Call each when what the one before has changed is laid out and painted, and other timers had their turn."""
        self._steps.extend(steps)
        self._timer.start()

    def stop(self) -> None:
        """Leave out those that are left."""
        self._steps.clear()

    def _take_next(self) -> None:
        if self._steps:
            step = self._steps.popleft()
            step()
            self._timer.start()  # only now: it would be due before the others

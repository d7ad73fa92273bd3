"""Goes through the steps by itself, slow enough to be seen."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

_MILLISECONDS_EACH = 150
_MILLISECONDS_AT_THE_END = 1200
"""The finished picture is looked at before it begins again."""


class StepPlayer(QObject):
    """
    Signals:
        moved(int): this step is to be shown.
        changed(): it began or stopped.
    """

    moved = Signal(int)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.loops = True
        self._count = 0
        self._current = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._advance)

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    def set_steps(self, count: int) -> None:
        """There are so many now; it stops."""
        self.stop()
        self._count = count

    def go_to(self, index: int) -> None:
        """The user, or it itself, is at this step."""
        self._current = index

    def toggle(self) -> None:
        """Play, from the beginning if it is at the end; or stop."""
        if self.is_playing:
            self.stop()
        elif self._count > 1:
            if self._current == self._count - 1:
                self.moved.emit(0)
            self._timer.start(_MILLISECONDS_EACH)
            self.changed.emit()

    def stop(self) -> None:
        if self.is_playing:
            self._timer.stop()
            self.changed.emit()

    def _advance(self) -> None:
        is_last = self._current >= self._count - 1
        if is_last and not self.loops:
            self.changed.emit()
            return
        following = 0 if is_last else self._current + 1
        self.moved.emit(following)
        self._timer.start(_MILLISECONDS_AT_THE_END if following == self._count - 1 else _MILLISECONDS_EACH)

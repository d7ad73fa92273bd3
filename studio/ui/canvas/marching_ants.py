"""The pace of the dashes that march around the mask."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from studio.ui.canvas.mask_outline import DASH
from studio.ui.motion import motion_is_wanted

_STEP_EVERY_MS = 90


class MarchingAnts(QObject):
    """They march only where they are seen and motion is wanted.

    Signals:
        moved(): `phase` is another one.
    """

    moved = Signal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self.phase = 0.0
        """How far the dashes have come."""
        self._timer = QTimer(self, interval=_STEP_EVERY_MS)
        self._timer.timeout.connect(self._step)

    @property
    def are_marching(self) -> bool:
        return self._timer.isActive()

    def march(self, *, there: bool) -> None:
        """`there`: they are shown around something."""
        if there and motion_is_wanted(self._view) and self._view.isVisible():
            self._timer.start()
        else:
            self._timer.stop()

    def halt(self) -> None:
        self._timer.stop()

    def _step(self) -> None:
        self.phase = (self.phase + 1) % (2 * DASH)
        self.moved.emit()

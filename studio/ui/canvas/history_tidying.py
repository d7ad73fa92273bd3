"""Packs old steps of the history, a little at a time, while nothing is drawn."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from studio.imaging.canvas import Canvas

_EVERY_MS = 40


class HistoryTidying(QObject):
    """`canvas` tells what lies there, `is_busy` whether the user is dragging just now."""

    def __init__(self, parent: QObject, canvas: Callable[[], Canvas | None], is_busy: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._is_busy = is_busy
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._pack_next)

    @property
    def is_active(self) -> bool:
        return self._timer.isActive()

    def start(self) -> None:
        """There is one step more. Ends by itself."""
        self._timer.start()

    def _pack_next(self) -> None:
        canvas = self._canvas()
        if not self._is_busy() and (canvas is None or not canvas.history.pack_next()):
            self._timer.stop()

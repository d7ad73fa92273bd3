"""Moves the picture in the view."""

from __future__ import annotations

from PySide6.QtCore import Qt

from studio.ui.canvas.tools.tool import Pointer, Tool, ToolName


class Hand(Tool):
    """The point of the picture that was taken stays under the pointer."""

    name = ToolName.HAND
    cursor = Qt.CursorShape.OpenHandCursor
    _held: Pointer | None = None

    def press(self, at: Pointer) -> None:
        self._held = at

    def drag(self, to: Pointer) -> None:
        if self._held is not None:
            self._easel.pan(to.x - self._held.x, to.y - self._held.y)

    def release(self, at: Pointer) -> None:
        self._held = None

    def cancel(self) -> None:
        self._held = None

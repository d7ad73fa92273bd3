"""The frame around the picture, to be dragged outwards: what is new in it is made later (outpainting)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath

from studio.core.geometry import Rect
from studio.core.language import tr
from studio.ui.canvas.tools.tool import Easel, Overlay, Pointer, Tool, ToolName

MULTIPLE = 8
LARGEST_SIDE = 8192
"""Of the extended picture, in pixels."""
_REACH = 12.0
"""Device pixels around an edge within which it is taken."""
_CURSORS = {
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
}

EXTEND_LABEL = tr("Extend the picture")
"""What this step is called in the history."""


@dataclass(frozen=True, slots=True)
class Margins:
    """Pixels to be added at each side: multiples of 8."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    @property
    def is_empty(self) -> bool:
        return self == Margins()


class Extend(Tool):
    """Drag an edge or a corner outwards (Alt: the opposite one as well); Enter applies, Escape leaves."""

    name = ToolName.EXTEND
    needs_room_around = True
    _grip: tuple[int, int] | None = None
    """Which edge is held, across and down: -1 left or top, 1 right or bottom, 0 neither."""

    def __init__(self, easel: Easel) -> None:
        super().__init__(easel)
        self._margins = Margins()

    @property
    def margins(self) -> Margins:
        return self._margins

    def set_margins(self, margins: Margins) -> None:
        """From typed numbers; brought to multiples of 8, at least 0, and to what a picture can grow to."""
        canvas = self._easel.canvas
        left, right = _limited(margins.left, margins.right, canvas.width)
        top, bottom = _limited(margins.top, margins.bottom, canvas.height)
        self._change(Margins(left, top, right, bottom))

    def press(self, at: Pointer) -> None:
        self._grip = self._grip_at(at)

    def cursor_at(self, at: Pointer) -> Qt.CursorShape:
        """Which way the edge under the pointer can be dragged."""
        return _CURSORS.get(self._grip_at(at), Qt.CursorShape.ArrowCursor)

    def drag(self, to: Pointer) -> None:
        if self._grip is None:
            return
        across, down = self._grip
        canvas = self._easel.canvas
        margins = self._margins
        if across:
            amount = _snapped(-to.x if across < 0 else to.x - canvas.width)
            margins = replace(margins, left=amount) if across < 0 else replace(margins, right=amount)
            margins = replace(margins, left=amount, right=amount) if to.alt else margins
        if down:
            amount = _snapped(-to.y if down < 0 else to.y - canvas.height)
            margins = replace(margins, top=amount) if down < 0 else replace(margins, bottom=amount)
            margins = replace(margins, top=amount, bottom=amount) if to.alt else margins
        self.set_margins(margins)

    def release(self, at: Pointer) -> None:
        self._grip = None

    @property
    def is_unfinished(self) -> bool:
        return not self._margins.is_empty

    def confirm(self) -> None:
        margins = self._margins
        self.cancel()
        if not margins.is_empty:
            self._easel.extend(margins.left, margins.top, margins.right, margins.bottom)

    def cancel(self) -> None:
        self._grip = None
        self._change(Margins())

    def overlay(self) -> Overlay | None:
        frame = self._frame()
        path = QPainterPath()
        path.addRect(frame.left, frame.top, frame.width, frame.height)
        centre_x, centre_y = frame.left + frame.width / 2, frame.top + frame.height / 2
        sides = (
            (QPointF(frame.left, centre_y), self._margins.left),
            (QPointF(centre_x, frame.top), self._margins.top),
            (QPointF(frame.right, centre_y), self._margins.right),
            (QPointF(centre_x, frame.bottom), self._margins.bottom),
        )
        corners = [QPointF(x, y) for x in (frame.left, frame.right) for y in (frame.top, frame.bottom)]
        captions = [(place, f"+{amount}") for place, amount in sides if amount]
        if captions:
            captions.append((corners[-1], f"{frame.width} × {frame.height}"))
        return Overlay(path, (*(place for place, _ in sides), *corners), tuple(captions), frame)

    def _grip_at(self, at: Pointer) -> tuple[int, int]:
        frame = self._frame()
        reach = _REACH / self._easel.zoom
        across = _near(at.x, frame.left, frame.right, reach)
        down = _near(at.y, frame.top, frame.bottom, reach)
        inside_across = frame.left - reach <= at.x <= frame.right + reach
        inside_down = frame.top - reach <= at.y <= frame.bottom + reach
        return (across if inside_down else 0, down if inside_across else 0)

    def _change(self, margins: Margins) -> None:
        """Also while there is no canvas: the frame is put away with it."""
        if margins != self._margins:
            self._margins = margins
            self._easel.overlay_changed()

    def _frame(self) -> Rect:
        canvas, margins = self._easel.canvas, self._margins
        return Rect(
            -margins.left,
            -margins.top,
            canvas.width + margins.left + margins.right,
            canvas.height + margins.top + margins.bottom,
        )


def _near(value: float, low: float, high: float, reach: float) -> int:
    if abs(value - low) <= reach and abs(value - low) <= abs(value - high):
        return -1
    return 1 if abs(value - high) <= reach else 0


def _snapped(amount: float) -> int:
    return max(0, round(amount / MULTIPLE) * MULTIPLE)


def _limited(first: int, second: int, side: int) -> tuple[int, int]:
    """Both as multiples of 8; what is too much for the largest side is taken from the larger one."""
    room = max(0, LARGEST_SIDE - side) // MULTIPLE * MULTIPLE
    first, second = min(_snapped(first), room), min(_snapped(second), room)
    excess = max(0, first + second - room)
    return (first - excess, second) if first >= second else (first, second - excess)

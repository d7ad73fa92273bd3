"""What a tool is: one method per event, and what it draws over the picture while it is at work."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath

from studio.core.geometry import Rect
from studio.core.language import tr
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.ui.canvas.tool_options import ToolOptions

_EIGHTH_TURN = math.pi / 4


class ToolName(StrEnum):
    HAND = "hand"
    BRUSH = "brush"
    ERASER = "eraser"
    COLOUR_BRUSH = "colour brush"
    PICKER = "colour picker"
    LASSO = "lasso"
    POLYGON = "polygon"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    MAGIC_SELECT = "magic select"
    FILL_INSIDE = "fill inside"
    EXTEND = "extend the frame"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    ToolName.HAND: tr("Hand"),
    ToolName.BRUSH: tr("Brush"),
    ToolName.ERASER: tr("Eraser"),
    ToolName.COLOUR_BRUSH: tr("Colour brush"),
    ToolName.PICKER: tr("Colour picker"),
    ToolName.LASSO: tr("Lasso"),
    ToolName.POLYGON: tr("Polygon"),
    ToolName.RECTANGLE: tr("Rectangle"),
    ToolName.ELLIPSE: tr("Ellipse"),
    ToolName.MAGIC_SELECT: tr("Magic select"),
    ToolName.FILL_INSIDE: tr("Fill inside"),
    ToolName.EXTEND: tr("Extend the frame"),
}


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the pointer is in the picture (pixel centres at .5) and what is held with it."""

    x: float
    y: float
    pressure: float = 1.0
    shift: bool = False
    ctrl: bool = False
    alt: bool = False

    @property
    def point(self) -> QPointF:
        return QPointF(self.x, self.y)

    @property
    def subtracts(self) -> bool:
        """Areas are taken away from the mask instead of added."""
        return self.ctrl or self.alt


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a tool shows over the picture, in pixels of the picture."""

    path: QPainterPath = field(default_factory=QPainterPath)
    handles: tuple[QPointF, ...] = ()
    captions: tuple[tuple[QPointF, str], ...] = ()
    frame: Rect | None = None
    """A frame around the picture: what lies in it outside the picture is marked as new."""


class Easel(Protocol):
    """What the view gives its tools."""

    @property
    def canvas(self) -> Canvas: ...

    @property
    def options(self) -> ToolOptions: ...

    @property
    def zoom(self) -> float:
        """Device pixels to a pixel of the picture."""
        ...

    def changed(self, area: Rect, layer: LayerName, *, done: bool) -> None:
        """The layer has changed within `area`; `done` when that is an edit of its own, not a part of one."""
        ...

    def overlay_changed(self) -> None:
        """What the tool shows over the picture is another thing now."""
        ...

    def pan(self, across: float, down: float) -> None:
        """Move the picture by so many of its pixels."""
        ...

    def extend(self, left: int, top: int, right: int, bottom: int) -> None:
        """Enlarge the canvas; what is seen of it stays in its place."""
        ...


class Tool:
    """Does nothing: the parts that a tool needs are its own.

    `press`, `drag` and `release` are one gesture with the button (or the pen's tip) down; `hover` comes without.
    A gesture in progress is ended by one of `release`, `cancel` (Escape) or `finish` (another tool, another canvas,
    the window goes: strokes stay as far as they were drawn, areas that are not closed are dropped).
    """

    name: ToolName
    cursor = Qt.CursorShape.CrossCursor
    shows_brush = False
    """The outline of the brush follows the pointer."""
    needs_room_around = False
    """It works outside the picture, too."""

    def __init__(self, easel: Easel) -> None:
        self._easel = easel

    def press(self, at: Pointer) -> None: ...

    def drag(self, to: Pointer) -> None: ...

    def release(self, at: Pointer) -> None: ...

    def hover(self, at: Pointer) -> None: ...

    def cursor_at(self, at: Pointer) -> Qt.CursorShape:
        return self.cursor

    @property
    def is_unfinished(self) -> bool:
        """There is something that `confirm` completes or `cancel` drops."""
        return False

    def confirm(self) -> None:
        """Enter."""

    def cancel(self) -> None:
        """Escape: what is unfinished is dropped."""

    def step_back(self) -> None:
        """Undo while something is unfinished."""
        self.cancel()

    def finish(self) -> None:
        self.cancel()

    def overlay(self) -> Overlay | None:
        return None


def in_eighths(start: QPointF, to: QPointF) -> QPointF:
    """The point nearest to `to` on the lines through `start` at multiples of 45 degrees."""
    offset = to - start
    angle = round(math.atan2(offset.y(), offset.x()) / _EIGHTH_TURN) * _EIGHTH_TURN
    direction = QPointF(math.cos(angle), math.sin(angle))
    return start + direction * QPointF.dotProduct(offset, direction)

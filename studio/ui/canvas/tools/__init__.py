"""The tools of the canvas."""

from __future__ import annotations

from studio.ui.canvas.tools.area_tools import Ellipse, Lasso, Polygon, Rectangle
from studio.ui.canvas.tools.extend import Extend
from studio.ui.canvas.tools.hand import Hand
from studio.ui.canvas.tools.picker import Picker
from studio.ui.canvas.tools.select_tools import FillInside, MagicSelect
from studio.ui.canvas.tools.stroke_tools import Brush, ColourBrush, Eraser
from studio.ui.canvas.tools.tool import Easel, Tool, ToolName

_KINDS: tuple[type[Tool], ...] = (
    Hand,
    Brush,
    Eraser,
    ColourBrush,
    Picker,
    Lasso,
    Polygon,
    Rectangle,
    Ellipse,
    MagicSelect,
    FillInside,
    Extend,
)


def make_tools(easel: Easel) -> dict[ToolName, Tool]:
    """One of each, in the order in which they are offered."""
    return {kind.name: kind(easel) for kind in _KINDS}

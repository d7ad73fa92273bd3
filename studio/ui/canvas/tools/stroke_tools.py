"""Brush, eraser and colour brush: strokes that differ in what they put where."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from studio.core.language import tr
from studio.imaging.brush import StrokePoint
from studio.imaging.layer import LayerName, Paint
from studio.ui.canvas.tools.tool import Overlay, Pointer, Tool, ToolName, in_eighths


class _StrokeTool(Tool):
    """Draws a stroke while it is dragged. With Shift the stroke is a straight line from where the last one ended,
    with Ctrl as well at a multiple of 45 degrees."""

    shows_brush = True
    _layer = LayerName.MASK
    _label = ""
    _drawing = False
    _last: QPointF | None = None
    """Where the last stroke ended."""
    _line_to: QPointF | None = None
    """The end of the straight line that a press would draw."""

    def press(self, at: Pointer) -> None:
        end = self._straight(at)
        canvas, options = self._easel.canvas, self._easel.options
        start = self._last if end is not None and self._last is not None else at.point
        self._drawing = True
        area = canvas.begin_stroke(self._layer, options.brush, self._paint(), _stroke_point(start, at.pressure))
        if end is not None:
            area = area.union(canvas.continue_stroke(_stroke_point(end, at.pressure)))
        self._last = end or at.point
        self._show_line(None)
        self._easel.changed(area, self._layer, done=False)

    def drag(self, to: Pointer) -> None:
        if not self._drawing or to.shift:
            return
        self._last = to.point
        self._easel.changed(
            self._easel.canvas.continue_stroke(_stroke_point(to.point, to.pressure)), self._layer, done=False
        )

    def release(self, at: Pointer) -> None:
        self.finish()

    def hover(self, at: Pointer) -> None:
        self._show_line(self._straight(at))

    @property
    def is_unfinished(self) -> bool:
        return self._drawing

    def cancel(self) -> None:
        if self._drawing:
            self._drawing = False
            self._easel.changed(self._easel.canvas.cancel_stroke(), self._layer, done=False)
        self._show_line(None)

    def finish(self) -> None:
        if self._drawing:
            self._drawing = False
            self._easel.changed(self._easel.canvas.end_stroke(self._label), self._layer, done=True)
        self._show_line(None)

    def overlay(self) -> Overlay | None:
        if self._line_to is None or self._last is None:
            return None
        path = QPainterPath(self._last)
        path.lineTo(self._line_to)
        return Overlay(path)

    def _paint(self) -> Paint:
        raise NotImplementedError

    def _straight(self, at: Pointer) -> QPointF | None:
        """Where the straight line ends that Shift asks for; None without Shift, or before the first stroke."""
        if not at.shift or self._last is None:
            return None
        return in_eighths(self._last, at.point) if at.ctrl else at.point

    def _show_line(self, to: QPointF | None) -> None:
        if to != self._line_to:
            self._line_to = to
            self._easel.overlay_changed()


class Brush(_StrokeTool):
    name = ToolName.BRUSH
    _label = tr("Brush stroke")

    def _paint(self) -> Paint:
        return 255


class Eraser(_StrokeTool):
    name = ToolName.ERASER
    _label = tr("Eraser stroke")

    def _paint(self) -> Paint:
        return 0


class ColourBrush(_StrokeTool):
    name = ToolName.COLOUR_BRUSH
    _layer = LayerName.PICTURE
    _label = tr("Colour stroke")

    def _paint(self) -> Paint:
        return self._easel.options.colour


def _stroke_point(point: QPointF, pressure: float) -> StrokePoint:
    return StrokePoint(point.x(), point.y(), pressure)

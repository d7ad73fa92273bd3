"""Rectangle, ellipse, lasso and polygon: areas that are drawn, then added to the mask or taken from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from studio.core.geometry import Rect
from studio.core.language import tr
from studio.imaging import selection
from studio.imaging.layer import LayerName
from studio.ui.canvas.tools.tool import Easel, Overlay, Pointer, Tool, ToolName, in_eighths

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels
    from studio.imaging.selection import Point

_CLOSES_WITHIN = 8.0
"""Device pixels from a polygon's first corner in which a click closes it."""
_LASSO_STEP = 1.5
"""Device pixels between two points of a lasso."""
_SMALLEST_DRAG = 3.0
"""Device pixels below which a drag was a slip of the hand."""


def add_or_subtract(easel: Easel, area: Rect, coverage: MaskPixels, label: str, *, subtract: bool) -> None:
    """Put `coverage` into the mask, or take it out."""
    if area.is_empty:
        return
    changed = easel.canvas.paint_area(LayerName.MASK, area, coverage, 0 if subtract else 255, label)
    easel.changed(changed, LayerName.MASK, done=not changed.is_empty)


class _DraggedArea(Tool):
    """From one corner to the other. Shift keeps the sides equal, Alt draws from the centre, Ctrl subtracts."""

    _label = ""
    _start: QPointF | None = None
    _box = QRectF()
    _subtract = False

    def press(self, at: Pointer) -> None:
        self._start = at.point
        self._subtract = at.ctrl
        self._box = QRectF()

    def drag(self, to: Pointer) -> None:
        if self._start is not None:
            self._box = _whole_pixels(box_between(self._start, to.point, equal_sides=to.shift, from_centre=to.alt))
            self._easel.overlay_changed()

    def release(self, at: Pointer) -> None:
        box, self._box, self._start = self._box, QRectF(), None
        self._easel.overlay_changed()
        if max(box.width(), box.height()) * self._easel.zoom < _SMALLEST_DRAG:
            return
        corner, opposite = (box.left(), box.top()), (box.right(), box.bottom())
        area, coverage = self._coverage(corner, opposite, self._easel.canvas.bounds)
        add_or_subtract(self._easel, area, coverage, self._label, subtract=self._subtract)

    @property
    def is_unfinished(self) -> bool:
        return self._start is not None

    def cancel(self) -> None:
        self._start = None
        self._box = QRectF()
        self._easel.overlay_changed()

    def overlay(self) -> Overlay | None:
        if self._box.isNull():
            return None
        path = QPainterPath()
        self._outline(path, self._box)
        caption = (self._box.bottomRight(), f"{self._box.width():.0f} × {self._box.height():.0f}")
        return Overlay(path, captions=(caption,))

    def _coverage(self, corner: Point, opposite: Point, within: Rect) -> tuple[Rect, MaskPixels]:
        raise NotImplementedError

    def _outline(self, path: QPainterPath, box: QRectF) -> None:
        raise NotImplementedError


class Rectangle(_DraggedArea):
    name = ToolName.RECTANGLE
    _label = tr("Rectangle")

    def _coverage(self, corner: Point, opposite: Point, within: Rect) -> tuple[Rect, MaskPixels]:
        return selection.rectangle(corner, opposite, within)

    def _outline(self, path: QPainterPath, box: QRectF) -> None:
        path.addRect(box)


class Ellipse(_DraggedArea):
    name = ToolName.ELLIPSE
    _label = tr("Ellipse")

    def _coverage(self, corner: Point, opposite: Point, within: Rect) -> tuple[Rect, MaskPixels]:
        return selection.ellipse(corner, opposite, within)

    def _outline(self, path: QPainterPath, box: QRectF) -> None:
        path.addEllipse(box)


class Lasso(Tool):
    """An area around which one draws; it closes itself. Ctrl or Alt subtracts."""

    name = ToolName.LASSO
    _points: list[QPointF]
    _subtract = False

    def __init__(self, easel: Easel) -> None:
        super().__init__(easel)
        self._points = []

    def press(self, at: Pointer) -> None:
        self._points = [at.point]
        self._subtract = at.subtracts

    def drag(self, to: Pointer) -> None:
        if self._points and _apart(self._points[-1], to.point) * self._easel.zoom >= _LASSO_STEP:
            self._points.append(to.point)
            self._easel.overlay_changed()

    def release(self, at: Pointer) -> None:
        points, self._points = self._points, []
        self._easel.overlay_changed()
        _fill_polygon(self._easel, points, tr("Lasso"), subtract=self._subtract)

    @property
    def is_unfinished(self) -> bool:
        return bool(self._points)

    def cancel(self) -> None:
        self._points = []
        self._easel.overlay_changed()

    def overlay(self) -> Overlay | None:
        if len(self._points) < 2:
            return None
        path = QPainterPath()
        path.addPolygon(QPolygonF(self._points))
        return Overlay(path)


class Polygon(Tool):
    """Corner by corner; closed by a click on the first corner, a double click or Enter. Shift: multiples of 45
    degrees, Ctrl or Alt (with the first corner) subtracts."""

    name = ToolName.POLYGON
    _corners: list[QPointF]
    _next: QPointF | None = None
    """Where the next corner would be."""
    _subtract = False

    def __init__(self, easel: Easel) -> None:
        super().__init__(easel)
        self._corners = []

    def press(self, at: Pointer) -> None:
        if not self._corners:
            self._subtract = at.subtracts
        corner = self._corner(at)
        if self._closes(corner):
            self.confirm()
            return
        self._corners.append(corner)
        self._show_next(corner)

    def drag(self, to: Pointer) -> None:
        """The corner that was just set can still be moved."""
        if self._corners:
            last = self._corners.pop()
            self._corners.append(self._corner(to) if self._corners else to.point)
            self._show_next(last)

    def hover(self, at: Pointer) -> None:
        if self._corners:
            self._show_next(self._corner(at))

    @property
    def is_unfinished(self) -> bool:
        return bool(self._corners)

    def confirm(self) -> None:
        corners, self._corners = self._corners, []
        self._show_next(None)
        _fill_polygon(self._easel, corners, tr("Polygon"), subtract=self._subtract)

    def step_back(self) -> None:
        self._corners = self._corners[:-1]
        self._easel.overlay_changed()

    def cancel(self) -> None:
        self._corners = []
        self._show_next(None)

    def overlay(self) -> Overlay | None:
        if not self._corners:
            return None
        path = QPainterPath()
        path.addPolygon(QPolygonF([*self._corners, self._next or self._corners[-1]]))
        return Overlay(path, handles=tuple(self._corners))

    def _corner(self, at: Pointer) -> QPointF:
        return in_eighths(self._corners[-1], at.point) if at.shift and self._corners else at.point

    def _closes(self, corner: QPointF) -> bool:
        """On the first corner, or twice on the last one (a double click)."""
        if len(self._corners) < 3:
            return False
        reach = _CLOSES_WITHIN / self._easel.zoom
        near = (self._corners[0], self._corners[-1])
        return any(_apart(end, corner) <= reach for end in near)

    def _show_next(self, corner: QPointF | None) -> None:
        self._next = corner
        self._easel.overlay_changed()


def box_between(start: QPointF, to: QPointF, *, equal_sides: bool, from_centre: bool) -> QRectF:
    """The box that is drawn from `start` to `to`."""
    across, down = to.x() - start.x(), to.y() - start.y()
    if equal_sides:
        side = max(abs(across), abs(down))
        across, down = math.copysign(side, across), math.copysign(side, down)
    first = QPointF(start.x() - across, start.y() - down) if from_centre else start
    return QRectF(first, QPointF(start.x() + across, start.y() + down)).normalized()


def _apart(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def _whole_pixels(box: QRectF) -> QRectF:
    """The box with its sides on the edges of pixels."""
    return QRectF(QPointF(box.topLeft().toPoint()), QPointF(box.bottomRight().toPoint()))


def _fill_polygon(easel: Easel, corners: list[QPointF], label: str, *, subtract: bool) -> None:
    if len(corners) < 3:
        return
    area, coverage = selection.polygon([(corner.x(), corner.y()) for corner in corners], easel.canvas.bounds)
    add_or_subtract(easel, area, coverage, label, subtract=subtract)

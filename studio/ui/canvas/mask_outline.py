"""The edge of the mask as lines of the screen, for marching ants."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from studio.core.geometry import Rect
from studio.imaging.pyramid import Pyramid
from studio.ui.canvas.tiled_layer import seen, shown_size
from studio.ui.canvas.viewport import Viewport

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DASH = 4.0
"""Length of a dash and of a gap, in line widths."""

_HALF = 128
_SMOOTHED_BY = 0.7
"""Device pixels by which a line may be off: a curve of many single pixels becomes one of few corners."""
_BEYOND = 8
"""Device pixels around the view in which the edge is followed too, so that no line runs along the view's border."""


class MaskOutline:
    """Follows the edge where the mask is half, as far as it is in sight; kept until the mask or the view changes."""

    def __init__(self, pyramid: Callable[[], Pyramid]) -> None:
        self._pyramid = pyramid
        self._path = QPainterPath()
        self._traced_for: tuple[Viewport, QRect] | None = None

    def forget(self) -> None:
        self._traced_for = None

    def path(self, viewport: Viewport, view: QRect) -> QPainterPath:
        """Closed lines in device pixels of the view."""
        if self._traced_for != (viewport, view):
            self._traced_for = (viewport, view)
            self._path = self._traced(viewport, view)
        return self._path

    def draw(self, painter: QPainter, viewport: Viewport, view: QRect, phase: float, line_width: float) -> None:
        """Dashes, white on black; `phase` moves them along, in line widths."""
        path = self.path(viewport, view)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor("black"), line_width))
        painter.drawPath(path)
        dashes = QPen(QColor("white"), line_width, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        dashes.setDashPattern([DASH, DASH])
        dashes.setDashOffset(-phase)
        painter.setPen(dashes)
        painter.drawPath(path)

    def _traced(self, viewport: Viewport, view: QRect) -> QPainterPath:
        in_sight = view.adjusted(-_BEYOND, -_BEYOND, _BEYOND, _BEYOND)
        pyramid = self._pyramid()
        width, height = pyramid.size
        part = Rect(in_sight.x() - viewport.left, in_sight.y() - viewport.top, in_sight.width(), in_sight.height())
        area = part.intersection(shown_size(viewport.zoom, width, height))
        path = QPainterPath()
        if area.is_empty:
            return path
        first_x, first_y = viewport.left + area.left + 0.5, viewport.top + area.top + 0.5
        for contour in _contours(seen(pyramid, viewport.zoom, width, height, area)):
            points = [QPointF(first_x + x, first_y + y) for x, y in contour.tolist()]
            path.addPolygon(QPolygonF([*points, points[0]]))
        return path


def _contours(values: NDArray[np.uint8]) -> list[NDArray[np.int32]]:
    """The edges between values below and from 128 on, each as (n, 2) pixels."""
    import cv2
    import numpy as np

    inside = cv2.copyMakeBorder((values >= _HALF).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    found, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    simple = (cv2.approxPolyDP(contour, _SMOOTHED_BY, closed=True) for contour in found)
    return [np.asarray(contour[:, 0] - 1, np.int32) for contour in simple]

"""What lies over the picture and is none of it: the lines of a tool, the outline of the brush, frames."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetrics,
    QGuiApplication,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
)

from studio.ui.canvas.sight import Sight
from studio.ui.canvas.tools.tool import Overlay
from studio.ui.theme import current_tokens, px

_HANDLE = 9
_LARGEST_KEPT_CIRCLE = 1200
"""Diameter in device pixels."""
_HALO = 3.0
"""Width of the dark line under each light one, so that both are seen on everything."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the tool in use works, in device pixels of the view."""

    place: QPointF
    brush_diameter: float | None
    """None: the tool is no brush."""
    is_crosshair: bool
    """The keyboard moves it."""


class Overlays:
    """What a tool shows, and the cursor. `redraw` hears where they were and where they are, in device pixels."""

    def __init__(self, sight: Sight, redraw: Callable[[QRectF], None]) -> None:
        self._sight = sight
        self._redraw = redraw
        self._tools: Overlay | None = None
        self._tools_drawn = QRectF()
        self._cursor: Cursor | None = None
        self._cursor_drawn = QRectF()
        self._brush_outline = BrushOutline()

    def show_tools(self, overlay: Overlay | None) -> None:
        self._redraw(self._tools_drawn)
        self._tools = overlay
        self._tools_drawn = QRectF() if overlay is None else _overlay_area(overlay, self._sight)
        self._redraw(self._tools_drawn)

    def show_cursor(self, cursor: Cursor | None) -> None:
        self._redraw(self._cursor_drawn)
        self._cursor = cursor
        self._cursor_drawn = QRectF() if cursor is None else _cursor_area(cursor, self._sight.ratio)
        self._redraw(self._cursor_drawn)

    def draw_below(self, painter: QPainter) -> None:
        """What comes before the picture."""
        picture = self._sight.picture
        if self._tools is not None and self._tools.frame is not None and picture is not None:
            frame, inside = self._sight.area(self._tools.frame), self._sight.area(picture)
            _draw_frame_ground(painter, frame, inside, self._sight.ratio)

    def draw(self, painter: QPainter) -> None:
        ratio = self._sight.ratio
        if self._tools is not None:
            _draw_overlay(painter, self._tools, self._sight)
        if self._cursor is None:
            return
        if self._cursor.brush_diameter is not None:
            self._brush_outline.draw(painter, self._cursor.place, self._cursor.brush_diameter, ratio)
        if self._cursor.is_crosshair:
            _draw_crosshair(painter, self._cursor.place, ratio)


def draw_ground(painter: QPainter, region: QRect) -> None:
    painter.fillRect(region, QColor(current_tokens().canvas))


def _draw_frame_ground(painter: QPainter, frame: QRectF, picture: QRectF, ratio: float) -> None:
    """A chequered ground where a frame reaches beyond the picture: there is nothing there yet."""
    outside = QPainterPath()
    outside.addRect(frame)
    inside = QPainterPath()
    inside.addRect(picture)
    painter.fillPath(outside.subtracted(inside), _chequers(round(px(8) * ratio)))


def draw_model_frame(painter: QPainter, frame: QRectF, ratio: float) -> None:
    """A dashed line around the part of the picture that the model sees."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 150), ratio))
    painter.drawRect(frame)
    dashes = QPen(QColor("white"), ratio, Qt.PenStyle.CustomDashLine)
    dashes.setDashPattern([6, 6])
    painter.setPen(dashes)
    painter.drawRect(frame)


def draw_focus_frame(painter: QPainter, view: QRect, ratio: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(current_tokens().accent), 2 * ratio))
    painter.drawRect(view.adjusted(1, 1, -1, -1))


def _draw_overlay(painter: QPainter, overlay: Overlay, sight: Sight) -> None:
    """A tool's lines, handles and captions, of the same width and size at every zoom; captions stay in the view."""
    to_view, view, ratio = sight.transform(), QRectF(sight.device_rect), sight.ratio
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_two_tone(painter, to_view.map(overlay.path), ratio)
    side = _HANDLE * ratio
    for handle in overlay.handles:
        place = to_view.map(handle)
        box = QRectF(place.x() - side / 2, place.y() - side / 2, side, side)
        painter.setPen(QPen(QColor(0, 0, 0, 200), ratio))
        painter.setBrush(QColor("white"))
        painter.drawRect(box)
    for place, text in overlay.captions:
        _draw_caption(painter, _caption_box(to_view.map(place), text, view, ratio), text, ratio)


class BrushOutline:
    """The circle within which the brush paints, and its centre. It is drawn once for each size: to stroke a large
    circle takes longer than everything else that a move of the pointer brings."""

    def __init__(self) -> None:
        self._image = QImage()
        self._drawn_for = (0.0, 0.0)

    def draw(self, painter: QPainter, centre: QPointF, diameter: float, ratio: float) -> None:
        """`centre` and `diameter` in device pixels."""
        if diameter > _LARGEST_KEPT_CIRCLE:
            _draw_thin_circle(painter, centre, diameter)
        else:
            image = self._circle(diameter, ratio)
            painter.drawImage(QPointF(centre.x() - image.width() / 2, centre.y() - image.height() / 2).toPoint(), image)
        dot = QRectF(centre.x() - ratio, centre.y() - ratio, 2 * ratio, 2 * ratio)
        painter.fillRect(dot.adjusted(-ratio, -ratio, ratio, ratio), QColor(0, 0, 0, 150))
        painter.fillRect(dot, QColor("white"))

    def _circle(self, diameter: float, ratio: float) -> QImage:
        if self._drawn_for != (diameter, ratio):
            self._drawn_for = (diameter, ratio)
            side = 2 * math.ceil(diameter / 2 + _HALO * ratio)
            self._image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
            self._image.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            path = QPainterPath()
            path.addEllipse(QPointF(side / 2, side / 2), diameter / 2, diameter / 2)
            _draw_two_tone(painter, path, ratio)
            painter.end()
        return self._image


def _draw_thin_circle(painter: QPainter, centre: QPointF, diameter: float) -> None:
    """Two lines of one device pixel, dark and light: quick at any size."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, radius in (("black", diameter / 2 + 1), ("white", diameter / 2)):
        painter.setPen(QPen(QColor(colour), 0))
        painter.drawEllipse(centre, radius, radius)


def _draw_crosshair(painter: QPainter, centre: QPointF, ratio: float) -> None:
    """Where the keyboard paints."""
    arm = px(12) * ratio
    path = QPainterPath()
    for across, down in ((arm, 0.0), (0.0, arm)):
        path.moveTo(centre.x() - across, centre.y() - down)
        path.lineTo(centre.x() + across, centre.y() + down)
    _draw_two_tone(painter, path, ratio)


def _draw_two_tone(painter: QPainter, path: QPainterPath, ratio: float) -> None:
    """A white line on a dark one: seen on white, on black and on everything between."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 150), _HALO * ratio))
    painter.drawPath(path)
    painter.setPen(QPen(QColor("white"), 1.25 * ratio))
    painter.drawPath(path)


def _cursor_area(cursor: Cursor, ratio: float) -> QRectF:
    reach = max(px(12) * ratio, (cursor.brush_diameter or 0.0) / 2) + 3 * ratio
    return QRectF(cursor.place.x() - reach, cursor.place.y() - reach, 2 * reach, 2 * reach)


def _overlay_area(overlay: Overlay, sight: Sight) -> QRectF:
    """Everything that `_draw_overlay` touches, in device pixels of the view."""
    to_view, view, ratio = sight.transform(), QRectF(sight.device_rect), sight.ratio
    area = to_view.mapRect(overlay.path.boundingRect())
    for handle in overlay.handles:
        area = area.united(QRectF(to_view.map(handle), to_view.map(handle)))
    if overlay.frame is not None:
        area = area.united(sight.area(overlay.frame))
    reach = (_HANDLE + _HALO) * ratio
    area.adjust(-reach, -reach, reach, reach)
    for place, text in overlay.captions:
        box = _caption_box(to_view.map(place), text, view, ratio)
        area = area.united(box.adjusted(-ratio, -ratio, ratio, ratio))
    return area


def _draw_caption(painter: QPainter, box: QRectF, text: str, ratio: float) -> None:
    tokens = current_tokens()
    painter.setPen(QPen(QColor(tokens.line), ratio))
    painter.setBrush(QColor(tokens.surface))
    painter.drawRoundedRect(box, px(4) * ratio, px(4) * ratio)
    painter.save()
    painter.translate(box.center())
    painter.scale(ratio, ratio)
    painter.setPen(QColor(tokens.text))
    painter.drawText(
        QRectF(-box.width(), -box.height(), 2 * box.width(), 2 * box.height()), Qt.AlignmentFlag.AlignCenter, text
    )
    painter.restore()


def _caption_box(place: QPointF, text: str, view: QRectF, ratio: float) -> QRectF:
    """Below and to the right of `place`, as far as there is room in the view."""
    metrics = QFontMetrics(QGuiApplication.font())
    width = (metrics.horizontalAdvance(text) + px(12)) * ratio
    height = (metrics.height() + px(4)) * ratio
    aside, edge = px(10) * ratio, px(4) * ratio
    left = max(view.left() + edge, min(place.x() + aside, view.right() - edge - width))
    top = max(view.top() + edge, min(place.y() + aside, view.bottom() - edge - height))
    return QRectF(left, top, width, height)


def _chequers(side: int) -> QBrush:
    tokens = current_tokens()
    pixmap = QPixmap(2 * side, 2 * side)
    pixmap.fill(QColor(tokens.raised))
    painter = QPainter(pixmap)
    for corner in (QPoint(0, 0), QPoint(side, side)):
        painter.fillRect(QRect(corner.x(), corner.y(), side, side), QColor(tokens.hover))
    painter.end()
    return QBrush(pixmap)

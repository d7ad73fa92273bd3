"""Everything that is drawn in the view of the canvas, from the picture to the outline of the brush."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

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
    QTransform,
)

from studio.core.geometry import Rect
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.ui.canvas.mask_look import MaskLook, MaskStyle, mask_colouring
from studio.ui.canvas.mask_outline import MaskOutline
from studio.ui.canvas.pyramid import Pyramid
from studio.ui.canvas.tiled_layer import TiledLayer, picture_colouring
from studio.ui.canvas.tools.tool import Overlay
from studio.ui.canvas.viewport import Viewport
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

_HANDLE = 9
_LARGEST_KEPT_CIRCLE = 1200
"""Diameter in device pixels."""
_HALO = 3.0
"""Width of the dark line under each light one, so that both are seen on everything."""


class CanvasLayers:
    """The picture (or what is shown in its place) and the mask over it."""

    def __init__(self, canvas: Canvas, look: MaskLook, accent: str) -> None:
        self.canvas = canvas
        self.size = (canvas.width, canvas.height)
        """Of the picture when it was last drawn from scratch."""
        self._picture = _picture_layer(lambda: canvas.picture)
        self._mask_pyramid = Pyramid(lambda: canvas.mask)
        self._outline = MaskOutline(self._mask_pyramid)
        self._style = look.style
        self._mask = self._mask_layer(look, accent)
        self._replacement: TiledLayer | None = None

    def set_look(self, look: MaskLook, accent: str) -> None:
        self._style = look.style
        self._mask = self._mask_layer(look, accent)

    def replace_picture(self, pixels: Pixels | None) -> None:
        """Draw these pixels, of any size, in place of the picture and without the mask; None is the picture again."""
        self._replacement = (
            None if pixels is None else TiledLayer(Pyramid(lambda: pixels), picture_colouring, opaque=True)
        )

    def note_change(self, layer: LayerName, area: Rect, zoom: float) -> None:
        if layer is LayerName.PICTURE:
            self._picture.note_change(area, zoom)
        else:
            self._mask.note_change(area, zoom)
            self._outline.forget()

    def forget(self) -> None:
        """Both are other arrays now, perhaps of another size."""
        self.size = (self.canvas.width, self.canvas.height)
        self._picture.forget()
        self._mask.forget()
        self._outline.forget()

    def draw(self, painter: QPainter, viewport: Viewport, region: QRect, *, with_mask: bool) -> None:
        width, height = self.canvas.width, self.canvas.height
        if self._replacement is not None:
            self._replacement.draw(painter, viewport, width, height, region)
            return
        shows_mask = with_mask and (self._style is MaskStyle.ALONE or not self.canvas.is_mask_empty)
        if not shows_mask or self._style is not MaskStyle.ALONE:
            self._picture.draw(painter, viewport, width, height, region)
        if shows_mask:
            self._mask.draw(painter, viewport, width, height, region)

    def draw_ants(self, painter: QPainter, viewport: Viewport, view: QRect, phase: float, line_width: float) -> None:
        if self._replacement is None and not self.canvas.is_mask_empty:
            self._outline.draw(painter, viewport, view, phase, line_width)

    def ants_area(self, viewport: Viewport, view: QRect) -> QRectF:
        """Where the ants march, in device pixels of the view."""
        return self._outline.path(viewport, view).boundingRect()

    def _mask_layer(self, look: MaskLook, accent: str) -> TiledLayer:
        colouring = mask_colouring(look.style, look.colour or accent)
        return TiledLayer(self._mask_pyramid, colouring, opaque=look.style is MaskStyle.ALONE)


def _picture_layer(pixels: Callable[[], Pixels]) -> TiledLayer:
    return TiledLayer(Pyramid(pixels), picture_colouring, opaque=True)


def draw_ground(painter: QPainter, region: QRect) -> None:
    painter.fillRect(region, QColor(current_tokens().canvas))


def draw_frame_ground(painter: QPainter, frame: QRectF, picture: QRectF, ratio: float) -> None:
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


def draw_overlay(painter: QPainter, overlay: Overlay, viewport: Viewport, view: QRectF, ratio: float) -> None:
    """A tool's lines, handles and captions, as wide and large on the screen at every zoom; captions stay in `view`."""
    to_view = view_transform(viewport)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_two_tone(painter, to_view.map(overlay.path), ratio)
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
            draw_two_tone(painter, path, ratio)
            painter.end()
        return self._image


def _draw_thin_circle(painter: QPainter, centre: QPointF, diameter: float) -> None:
    """Two lines of one device pixel, dark and light: quick at any size."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, radius in (("black", diameter / 2 + 1), ("white", diameter / 2)):
        painter.setPen(QPen(QColor(colour), 0))
        painter.drawEllipse(centre, radius, radius)


def draw_crosshair(painter: QPainter, centre: QPointF, ratio: float) -> None:
    """Where the keyboard paints."""
    arm = px(12) * ratio
    path = QPainterPath()
    for across, down in ((arm, 0.0), (0.0, arm)):
        path.moveTo(centre.x() - across, centre.y() - down)
        path.lineTo(centre.x() + across, centre.y() + down)
    draw_two_tone(painter, path, ratio)


def draw_two_tone(painter: QPainter, path: QPainterPath, ratio: float) -> None:
    """A white line on a dark one: seen on white, on black and on everything between."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 150), _HALO * ratio))
    painter.drawPath(path)
    painter.setPen(QPen(QColor("white"), 1.25 * ratio))
    painter.drawPath(path)


def overlay_area(overlay: Overlay, viewport: Viewport, view: QRectF, ratio: float) -> QRectF:
    """Everything that `draw_overlay` touches, in device pixels of the view."""
    to_view = view_transform(viewport)
    area = to_view.mapRect(overlay.path.boundingRect())
    for handle in overlay.handles:
        area = area.united(QRectF(to_view.map(handle), to_view.map(handle)))
    if overlay.frame is not None:
        frame = overlay.frame
        area = area.united(to_view.mapRect(QRectF(frame.left, frame.top, frame.width, frame.height)))
    reach = (_HANDLE + _HALO) * ratio
    area.adjust(-reach, -reach, reach, reach)
    for place, text in overlay.captions:
        box = _caption_box(to_view.map(place), text, view, ratio)
        area = area.united(box.adjusted(-ratio, -ratio, ratio, ratio))
    return area


def view_transform(viewport: Viewport) -> QTransform:
    """From pixels of the picture to device pixels of the view."""
    return QTransform(viewport.zoom, 0, 0, viewport.zoom, viewport.left, viewport.top)


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

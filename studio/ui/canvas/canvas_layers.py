"""The pixels that are drawn in the view of the canvas: the picture, or what is shown in its place, and the mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter

from studio.core.geometry import Rect
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.imaging.pyramid import Pyramid
from studio.ui.canvas.mask_look import MaskLook, MaskStyle, mask_colouring
from studio.ui.canvas.mask_outline import MaskOutline
from studio.ui.canvas.tiled_layer import TiledLayer, picture_colouring
from studio.ui.canvas.viewport import Viewport

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


class CanvasLayers:
    """The picture (or what is shown in its place) and the mask over it."""

    def __init__(self, canvas: Canvas, look: MaskLook, accent: str) -> None:
        self.canvas = canvas
        self.size = (canvas.width, canvas.height)
        """Of the picture when it was last drawn from scratch."""
        self._picture = TiledLayer(lambda: canvas.pyramid(LayerName.PICTURE), picture_colouring, opaque=True)
        self._outline = MaskOutline(self._mask_pyramid)
        self._style = look.style
        self._mask = self._mask_layer(look, accent)
        self._replacement: TiledLayer | None = None

    def set_look(self, look: MaskLook, accent: str) -> None:
        self._style = look.style
        self._mask = self._mask_layer(look, accent)

    def replace_picture(self, pixels: Pixels | None) -> None:
        """Draw these pixels, of any size, in place of the picture and without the mask; None is the picture again."""
        self._replacement = None if pixels is None else _layer_of(pixels)

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

    def _mask_pyramid(self) -> Pyramid:
        return self.canvas.pyramid(LayerName.MASK)

    def _mask_layer(self, look: MaskLook, accent: str) -> TiledLayer:
        colouring = mask_colouring(look.style, look.colour or accent)
        return TiledLayer(self._mask_pyramid, colouring, opaque=look.style is MaskStyle.ALONE)


def _layer_of(pixels: Pixels) -> TiledLayer:
    pyramid = Pyramid(lambda: pixels)
    return TiledLayer(lambda: pyramid, picture_colouring, opaque=True)

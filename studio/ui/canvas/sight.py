"""Which part of the picture is seen in the view, and how large."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from studio.core.geometry import Rect
from studio.imaging.canvas import Canvas
from studio.ui.canvas.viewport import Viewport, limited_zoom, nice_zoom
from studio.ui.theme import px

MARGIN = 24
"""Unscaled pixels around a fitted picture."""
FOOT = 73
"""Unscaled pixels below it at least: results come to stand there, and the picture has to stay as it is then."""
_ROOM_AROUND = 5
"""A fifth of the view on each side, for tools that work outside the picture."""
_NOTCHES_PER_DOUBLING = 4


class Sight(QObject):
    """Fits the picture into the view, zooms and moves it. Places are in Qt's pixels of the view where nothing else is
    said; device pixels are those of the screen.

    Signals:
        changed(): the picture is seen elsewhere, or larger or smaller.
    """

    changed = Signal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._canvas: Canvas | None = None
        self._viewport = Viewport()
        self._unsnapped_zoom = 1.0
        self._is_fitted = True
        self._room_around = False

    # --- what is seen ---

    @property
    def viewport(self) -> Viewport:
        return self._viewport

    @property
    def zoom(self) -> float:
        """Device pixels to a pixel of the picture."""
        return self._viewport.zoom

    @property
    def is_fitted(self) -> bool:
        """The whole picture is seen, as large as it can be."""
        return self._is_fitted

    @property
    def ratio(self) -> float:
        """Device pixels to one of Qt's."""
        return self._view.devicePixelRatioF()

    @property
    def picture(self) -> Rect | None:
        """The canvas in its own pixels; None: there is none."""
        return None if self._canvas is None else self._canvas.bounds

    def set_canvas(self, canvas: Canvas | None) -> None:
        self._canvas = canvas
        self.fit()

    def to_view(self, x: float, y: float) -> QPointF:
        """The place in the view of this point of the picture."""
        return QPointF(*self._viewport.to_view(x, y)) / self.ratio

    def to_picture(self, place: QPointF) -> QPointF:
        at = self.to_device(place)
        return QPointF(*self._viewport.to_picture(at.x(), at.y()))

    def to_device(self, place: QPointF) -> QPointF:
        return place * self.ratio

    def area(self, of_picture: Rect) -> QRectF:
        """A part of the picture in device pixels of the view."""
        left, top, width, height = of_picture.left, of_picture.top, of_picture.width, of_picture.height
        return self.transform().mapRect(QRectF(left, top, width, height))

    def transform(self) -> QTransform:
        """From pixels of the picture to device pixels of the view."""
        return QTransform(self.zoom, 0, 0, self.zoom, self._viewport.left, self._viewport.top)

    @property
    def device_rect(self) -> QRect:
        """The view in device pixels."""
        ratio = self.ratio
        return QRect(0, 0, round(self._view.width() * ratio), round(self._view.height() * ratio))

    # --- zoom ---

    def zoom_at(self, place: QPointF, zoom: float) -> None:
        """Zoom, with the same point of the picture under `place`."""
        at = self.to_device(place)
        self._is_fitted = False
        self._unsnapped_zoom = zoom
        self._set(self._viewport.zoomed_at(at.x(), at.y(), limited_zoom(zoom)))

    def zoom_by_steps(self, place: QPointF, steps: float) -> None:
        """Whole steps of a wheel settle on round values; the small ones of a touchpad are not caught by them."""
        unsnapped = limited_zoom(self._unsnapped_zoom * 2 ** (steps / _NOTCHES_PER_DOUBLING))
        self.zoom_at(place, nice_zoom(unsnapped) if abs(steps) >= 1 else unsnapped)
        self._unsnapped_zoom = unsnapped

    def zoom_in(self) -> None:
        self.zoom_by_steps(self.centre, 1)

    def zoom_out(self) -> None:
        self.zoom_by_steps(self.centre, -1)

    @property
    def centre(self) -> QPointF:
        """The middle of the view."""
        return QRectF(self._view.rect()).center()

    def fit(self) -> None:
        """The whole picture, as large as it can be; it stays so when the view is resized."""
        picture = self.picture
        if picture is None:
            return
        view = self.device_rect
        margin = round(px(MARGIN) * self.ratio)
        if self._room_around:
            margin = max(margin, min(view.width(), view.height()) // _ROOM_AROUND)
        foot = round(px(FOOT) * self.ratio)
        viewport = Viewport.fitting(picture.width, picture.height, view.width(), view.height(), margin, foot)
        self._is_fitted = True
        self._unsnapped_zoom = viewport.zoom
        self._set(viewport)

    def leave_room_around(self, *, wanted: bool) -> None:
        """Whether there is room around a fitted picture, for a tool that works there."""
        if wanted != self._room_around:
            self._room_around = wanted
            if self._is_fitted:
                self.fit()

    # --- place ---

    def move(self, across: int, down: int) -> None:
        """By so many device pixels."""
        self._is_fitted = False
        self._set(self._viewport.moved(across, down))

    def go_back_to(self, viewport: Viewport) -> None:
        """If all of the picture is seen there."""
        before, self._viewport = self._viewport, viewport
        is_all_seen = self.picture is not None and QRectF(self.device_rect).contains(self.area(self.picture))
        self._viewport = before
        if is_all_seen:
            self._is_fitted = False
            self._unsnapped_zoom = viewport.zoom
            self._set(viewport)

    def bring_into_sight(self, point: QPointF) -> None:
        """Move just so far that this point of the picture is seen, and a little around it."""
        x, y = self._viewport.to_view(point.x(), point.y())
        width, height = self.device_rect.width(), self.device_rect.height()
        margin = min(px(24) * self.ratio, width / 4, height / 4)
        across = max(0.0, margin - x) - max(0.0, x - (width - margin))
        down = max(0.0, margin - y) - max(0.0, y - (height - margin))
        if across or down:
            self.move(round(across), round(down))

    def follow_resize(self, event: QResizeEvent) -> None:
        """A fitted picture stays fitted, another one keeps its middle."""
        if self._is_fitted or not event.oldSize().isValid():
            self.fit()
            return
        grown = (event.size() - event.oldSize()) * self.ratio
        self._set(self._viewport.moved(grown.width() // 2, grown.height() // 2))

    def _set(self, viewport: Viewport) -> None:
        picture, view = self.picture, self.device_rect
        if picture is not None:
            viewport = viewport.kept_in_sight(picture.width, picture.height, view.width(), view.height())
        self._viewport = viewport
        self.changed.emit()

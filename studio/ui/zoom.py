"""How large pictures are seen in a widget, and which part of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtWidgets import QWidget

from studio.ui.canvas.viewport import Viewport, limited_zoom, nice_zoom
from studio.ui.theme import px

_MARGIN = 16
_STEP = 1.25
_WITH_PIXELS = 4
"""From this zoom on the user, who asked for it, looks at single pixels: nothing is smoothed over."""


class Zoom:
    """A picture in a pane of a widget: as large as it fits until the user zooms or moves it, then as the user has it.

    Places and lengths are pixels of the window, sizes of pictures are in their own.
    """

    def __init__(self, widget: QWidget, frame: Callable[[], QSize], pane: Callable[[], QSize]) -> None:
        """`frame` is the size of the picture, `pane` the room for it; both are asked whenever they matter."""
        self._widget = widget
        self._frame = frame
        self._pane = pane
        self.viewport = Viewport()
        self.is_fitted = True
        self._room = QSize()
        """Of the pane for which the viewport was chosen."""

    @property
    def is_smooth(self) -> bool:
        return self.is_fitted or self.viewport.zoom < _WITH_PIXELS

    def fit(self) -> None:
        """All of the picture."""
        self.is_fitted = True
        self._room = self._pane()
        self.viewport = Viewport.fitting(*self._sizes(), round(px(_MARGIN) * self._ratio))
        self._widget.update()

    def fit_again(self) -> None:
        """The picture or its room is another; what the user has chosen stays, with the same place in the middle."""
        if self.is_fitted:
            self.fit()
        else:
            more = self._pane() - self._room
            self.pan(more.width() / 2, more.height() / 2)

    def show_actual_size(self) -> None:
        """A pixel of the picture is one of the screen."""
        self._zoom_at(self._middle(), 1.0)

    def by(self, steps: float, at: QPointF | None = None) -> None:
        """Larger by so many steps, or smaller. The point `at` of the pane stays where it is; its middle if left out."""
        zoom = limited_zoom(self.viewport.zoom * _STEP**steps)
        self._zoom_at(self._middle() if at is None else at, nice_zoom(zoom) if abs(steps) == 1 else zoom)

    def pan(self, across: float, down: float) -> None:
        self._set(self.viewport.moved(round(across * self._ratio), round(down * self._ratio)))

    def place(self, pane: QPointF, left: float, top: float, size: QSize) -> QRectF:
        """Where a picture of `size` is in the window, if it lies at `left` and `top` in the frame, and the pane begins
        at `pane`."""
        view, ratio = self.viewport, self._ratio
        return QRectF(
            pane.x() + (view.left + left * view.zoom) / ratio,
            pane.y() + (view.top + top * view.zoom) / ratio,
            size.width() * view.zoom / ratio,
            size.height() * view.zoom / ratio,
        )

    @property
    def _ratio(self) -> float:
        return self._widget.devicePixelRatioF()

    def _zoom_at(self, place: QPointF, zoom: float) -> None:
        self._set(self.viewport.zoomed_at(place.x() * self._ratio, place.y() * self._ratio, zoom))

    def _set(self, viewport: Viewport) -> None:
        self.is_fitted = False
        self._room = self._pane()
        self.viewport = viewport.kept_in_sight(*self._sizes())
        self._widget.update()

    def _middle(self) -> QPointF:
        return QPointF(self._pane().width() / 2, self._pane().height() / 2)

    def _sizes(self) -> tuple[int, int, int, int]:
        """Of the frame in its pixels, and of the pane in those of the screen."""
        frame, pane = self._frame(), self._pane()
        return frame.width(), frame.height(), round(pane.width() * self._ratio), round(pane.height() * self._ratio)
